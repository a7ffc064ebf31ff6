import { useMemo } from "react";
import { type Suppression, useSuppressions } from "../alarms/suppressions/api";
import { useMay } from "../app/session";
import type { Lasting } from "./strips";

export interface Maintained extends Lasting {
  row: Suppression;
}

const SHOWN = new Set(["maintenance", "out_of_service"]);

/** When a machine, or its whole site, was worked on or out of service, is, or will be. */
export function useMaintenance(assetId: string, siteId: string | null): Maintained[] {
  const may = useMay()("alarms.read");
  const own = useSuppressions({ assetId }, may);
  const site = useSuppressions({ siteId: siteId ?? undefined }, may && siteId !== null);
  return useMemo(
    () =>
      [own.data, site.data]
        .flatMap((found) => found?.pages.flatMap((page) => page.items) ?? [])
        .filter((row) => SHOWN.has(row.kind))
        .map((row) => {
          const end = row.ended_at ?? row.ends_at;
          return {
            id: row.id,
            from: new Date(row.starts_at).getTime(),
            to: end ? new Date(end).getTime() : null,
            row,
          };
        }),
    [own.data, site.data],
  );
}
