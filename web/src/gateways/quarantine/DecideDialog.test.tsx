import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { answering, refusal } from "../../testing/answers";
import { draw } from "../../testing/render";
import type { QuarantineGroup } from "./api";
import { DecideDialog } from "./DecideDialog";

const group: QuarantineGroup = {
  reason: "unknown_series",
  source: "gw_1",
  gateway_id: "gw_1",
  gateway_name: "Pump house",
  entries: 150,
  readings: 900,
  occurrences: 150,
  size_bytes: 9_000,
  first_seen_at: "2026-01-01T00:00:00Z",
  last_seen_at: "2026-01-01T01:00:00Z",
  newest_id: "qr_9",
  detail: "",
  replayable: true,
};

const portion = (next: string | null, more: object = {}) => ({
  body: { entries: 0, resolved: 0, stored: 0, remaining: {}, messages_failed: {}, next, ...more },
});

test("a group is replayed portion by portion, and what came of it is told", async () => {
  const portions = [
    portion("qr_5", { entries: 100, resolved: 90, stored: 500, remaining: { not_finite: 7 } }),
    portion("qr_9", { entries: 50, resolved: 49, stored: 100, messages_failed: { not_kept: 1 } }),
    portion(null),
  ];
  const asked = answering({
    "POST /quarantine/groups/replay": () => portions.shift() ?? portion(null),
  });
  await draw(<DecideDialog group={group} verb="replay" onClose={() => {}} />);
  await userEvent.click(screen.getByTestId("decide-confirm"));
  await waitFor(() =>
    expect(screen.getByTestId("decide-outcome").getAttribute("data-phase")).toBe("done"),
  );
  expect(asked.map((each) => (each.body as { after: string | null }).after)).toEqual([
    null,
    "qr_5",
    "qr_9",
  ]);
  expect(asked[0]?.body).toMatchObject({ up_to: "qr_9", source: "gw_1" });
  const said = screen.getByTestId("decide-outcome").textContent;
  expect(said).toContain("139");
  expect(said).toContain("600 readings are stored now");
  expect(said).toContain("7 stay: Not a finite number");
  expect(said).toContain("1 messages cannot be taken: Not all of its bytes were kept");
});

test("what was decided before a failure is told, with the failure", async () => {
  const answers = [portion("qr_5", { entries: 100, resolved: 100 }), refusal(503, "unavailable")];
  answering({ "POST /quarantine/groups/drop": () => answers.shift() ?? portion(null) });
  await draw(<DecideDialog group={group} verb="drop" onClose={() => {}} />);
  const confirm = screen.getByTestId("decide-confirm");
  expect(confirm).toHaveProperty("disabled", true);
  await userEvent.type(screen.getByTestId("decide-note"), "a broken sensor");
  await userEvent.click(confirm);
  await waitFor(() =>
    expect(screen.getByTestId("decide-outcome").getAttribute("data-phase")).toBe("stopped"),
  );
  expect(screen.getByTestId("decide-outcome").textContent).toContain("100 of 150");
  expect(screen.getByRole("alert")).toBeTruthy();
});

test("nothing is decided by looking", async () => {
  const asked = answering({});
  const close = vi.fn();
  await draw(<DecideDialog group={group} verb="replay" onClose={close} />);
  await userEvent.keyboard("{Escape}");
  await waitFor(() => expect(close).toHaveBeenCalled());
  expect(asked).toEqual([]);
});
