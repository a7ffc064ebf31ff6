// Tags with what they said last: what was read, or what has come in since.
import type { LiveReading } from "../../assets/merge";
import type { GatewayTag } from "../api";

export interface Shown extends GatewayTag {
  shown: { value: number | null; quality: number; at: string } | null;
}

export function withLiveValues(
  tags: GatewayTag[],
  live: ReadonlyMap<string, LiveReading[]>,
): Shown[] {
  return tags.map((tag) => {
    const read = tag.latest && {
      value: tag.latest.value,
      quality: tag.latest.quality,
      at: tag.latest.ts,
    };
    const newest = live.get(String(tag.series_id))?.at(-1);
    if (!newest || (read && newest[0] < new Date(read.at).getTime())) {
      return { ...tag, shown: read };
    }
    const [at, value, quality] = newest;
    return { ...tag, shown: { value, quality, at: new Date(at).toISOString() } };
  });
}
