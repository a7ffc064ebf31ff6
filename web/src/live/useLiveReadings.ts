import { useEffect, useState } from "react";
import { kept, type LiveReading } from "../assets/merge";
import { line } from "./connection";

export type LiveReadings = ReadonlyMap<string, LiveReading[]>;

function readings(values: unknown): [string, LiveReading][] {
  if (typeof values !== "object" || values === null) return [];
  return Object.entries(values).filter(
    (entry): entry is [string, LiveReading] =>
      Array.isArray(entry[1]) && typeof entry[1][0] === "number",
  );
}

/** The readings of one asset that came in since the page was opened, by series id; null follows none. */
export function useLiveReadings(assetId: string | null): LiveReadings {
  const [live, setLive] = useState<LiveReadings>(new Map());
  useEffect(() => {
    setLive(new Map());
    if (assetId === null) return;
    line.follow(assetId);
    const stop = line.listen((notice) => {
      if (notice.kind !== "readings" || notice.asset_id !== assetId) return;
      setLive((before) => {
        const after = new Map(before);
        for (const [series, reading] of readings(notice.values)) {
          after.set(series, kept(after.get(series) ?? [], reading));
        }
        return after;
      });
    });
    return () => {
      stop();
      line.follow(null);
    };
  }, [assetId]);
  return live;
}
