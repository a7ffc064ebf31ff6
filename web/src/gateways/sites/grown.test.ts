import { expect, test } from "vitest";
import type { Schemas } from "../../api/client";
import { gateway } from "../testing";
import { grown } from "./grown";

const site = (id: string, organisation_id: string) =>
  ({ id, organisation_id, name: id }) as Schemas["SiteView"];
const asset = (id: string, site_id: string) => ({ id, site_id, name: id }) as Schemas["AssetView"];
const alarm = (asset_id: string, severity: string) =>
  ({ asset_id, severity }) as Schemas["AlarmView"];

test("the worst is told at every level", () => {
  const [north, south] = grown({
    organisations: [
      { id: "b", name: "South" },
      { id: "a", name: "North" },
      { id: "c", name: "Nobody" },
    ],
    sites: [site("s1", "a"), site("s2", "a"), site("s3", "b")],
    gateways: [
      gateway({ id: "g1", site_id: "s1" }),
      gateway({ id: "g2", site_id: "s2", state: "offline" }),
      gateway({ id: "g3", site_id: "s3", state: "revoked" }),
    ],
    assets: [asset("m1", "s1"), asset("m2", "s2")],
    alarms: [alarm("m1", "low"), alarm("m1", "high"), alarm("elsewhere", "critical")],
  });
  expect(north).toMatchObject({ name: "North", gateways: "offline", alarms: "high" });
  expect(north?.sites.map((each) => [each.site.id, each.gateways, each.alarms])).toEqual([
    ["s1", "online", "high"],
    ["s2", "offline", null],
  ]);
  // A revoked gateway says nothing of its site; who has no site is not shown.
  expect(south).toMatchObject({ name: "South", gateways: null, alarms: null });
});
