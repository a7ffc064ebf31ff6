// Customers, their sites, and what stands there, with the worst of it told at every level.
import type { Schemas } from "../../api/client";
import type { Gateway } from "../api";
import { type GatewayState, worstState } from "../state";

type Site = Schemas["SiteView"];
type Asset = Schemas["AssetView"];
type Alarm = Schemas["AlarmView"];

const SEVERITIES = ["critical", "high", "medium", "low"];

export interface Health {
  gateways: GatewayState | null;
  /** The worst active alarm of the machines; null when there is none. */
  alarms: string | null;
}

export interface SiteOf extends Health {
  site: Site;
  gatewaysThere: { gateway: Gateway; state: GatewayState }[];
  assetsThere: { asset: Asset; alarm: string | null }[];
}

export interface CustomerOf extends Health {
  id: string;
  name: string;
  sites: SiteOf[];
}

function worstSeverity(severities: (string | null)[]): string | null {
  return SEVERITIES.find((severity) => severities.includes(severity)) ?? null;
}

interface Given {
  organisations: { id: string; name: string }[];
  sites: Site[];
  gateways: Gateway[];
  assets: Asset[];
  alarms: Alarm[];
}

const byName = (one: { name: string }, other: { name: string }) =>
  one.name.localeCompare(other.name);

export function grown(given: Given): CustomerOf[] {
  const alarmOf = (asset: Asset) =>
    worstSeverity(
      given.alarms.filter((each) => each.asset_id === asset.id).map((each) => each.severity),
    );
  const siteOf = (site: Site): SiteOf => {
    const gatewaysThere = given.gateways
      .filter((gateway) => gateway.site_id === site.id)
      .map((gateway) => ({ gateway, state: gateway.state }));
    const assetsThere = given.assets
      .filter((asset) => asset.site_id === site.id)
      .sort(byName)
      .map((asset) => ({ asset, alarm: alarmOf(asset) }));
    return {
      site,
      gatewaysThere,
      assetsThere,
      gateways: worstState(
        gatewaysThere.map((each) => each.state).filter((state) => state !== "revoked"),
      ),
      alarms: worstSeverity(assetsThere.map((each) => each.alarm)),
    };
  };
  return given.organisations
    .map(({ id, name }) => {
      const sites = given.sites.filter((site) => site.organisation_id === id).sort(byName);
      const there = sites.map(siteOf);
      return {
        id,
        name,
        sites: there,
        gateways: worstState(there.flatMap((each) => each.gateways ?? [])),
        alarms: worstSeverity(there.map((each) => each.alarms)),
      };
    })
    .filter((customer) => customer.sites.length > 0)
    .sort(byName);
}
