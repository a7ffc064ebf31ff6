// Machines to choose from by their serial number, which is how a tag names them.
import { ask, http, type Schemas } from "../../api/client";
import type { RemoteSource } from "../../ui/RemoteSelect";

const option = (row: Schemas["AssetView"]) => ({
  value: row.serial_number,
  label: `${row.serial_number} · ${row.name}`,
  note: [row.site_name, row.location].filter(Boolean).join(" · "),
});

/** The machines of one customer, those at the site first. */
export function machinesOf(organisationId: string | null, siteId: string | null): RemoteSource {
  const find = async (q: string, signal: AbortSignal) => {
    const { items } = await ask(
      http.GET("/api/v1/assets", {
        params: {
          query: { q: q || undefined, limit: 50, organisation_id: organisationId ?? undefined },
        },
        signal,
      }),
    );
    const there = (row: Schemas["AssetView"]) => Number(row.site_id !== siteId);
    return [...items].sort((one, other) => there(one) - there(other)).map(option);
  };
  return {
    key: `machines-${organisationId}-${siteId}`,
    find,
    read: async (serial, signal) =>
      (await find(serial, signal)).find((each) => each.value === serial) ?? {
        value: serial,
        label: serial,
      },
  };
}
