import { expect, test } from "vitest";
import { ago, gateway, NOW } from "../testing";
import { isHere, isUnfinished, stepOf } from "./steps";

const none = {
  wanted_version: null,
  applied_version: null,
  state: "none" as const,
  detail: "",
  since: null,
};
const fresh = gateway({
  enrolled_at: null,
  checked_in_at: null,
  last_seen_at: null,
  stored: 0,
  configuration: { ...none, state: "unmanaged" },
});
const step = (given: Partial<Parameters<typeof stepOf>[0]>) =>
  stepOf({ organisationId: null, siteId: null, gateway: null, chosen: 0, ...given });

test("the next step follows from what the platform knows", () => {
  expect(step({})).toBe("customer");
  expect(step({ organisationId: "o" })).toBe("site");
  expect(step({ organisationId: "o", siteId: "s" })).toBe("gateway");
  expect(step({ gateway: fresh })).toBe("enrol");
  const here = { ...fresh, checked_in_at: ago(2), configuration: none };
  expect(step({ gateway: here })).toBe("browse");
  expect(step({ gateway: here, chosen: 3 })).toBe("map");
  expect(step({ gateway: gateway() })).toBe("values");
  expect(step({ gateway: gateway(), adding: true })).toBe("browse");
});

test("what was begun is found again, what works or is revoked is not", () => {
  expect(isUnfinished(fresh)).toBe(true);
  expect(isUnfinished({ ...fresh, checked_in_at: ago(2) })).toBe(true);
  expect(isUnfinished(gateway())).toBe(false);
  expect(isUnfinished({ ...fresh, revoked_at: ago(1) })).toBe(false);
  // Set up by hand, with a key of its own: it was heard of and never asks for orders.
  expect(isUnfinished({ ...fresh, last_seen_at: ago(1) })).toBe(false);
});

test("a gateway is away when it has not asked for a while", () => {
  expect(isHere(gateway(), NOW)).toBe(true);
  expect(isHere(gateway({ checked_in_at: ago(600) }), NOW)).toBe(false);
  expect(isHere(gateway({ checked_in_at: null }), NOW)).toBe(false);
});
