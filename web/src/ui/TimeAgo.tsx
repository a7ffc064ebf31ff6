import { Text, Tooltip } from "@mantine/core";
import { calendarDate, exactTime, relativeTime, shortTime } from "./format";
import { Nothing } from "./Nothing";
import { useNow } from "./useNow";

interface Props {
  at: string | null | undefined;
  /** Shows date and time themselves, with the relative form on hover. */
  exact?: boolean;
}

/** An instant as "12 min ago", exact with its zone on hover. */
export function TimeAgo({ at, exact = false }: Props) {
  const now = useNow();
  if (!at) return <Nothing />;
  const instant = new Date(at);
  const relative = relativeTime(
    instant > now && instant.getTime() - now.getTime() < 20_000 ? now : instant,
    now,
  );
  return (
    <Tooltip label={exact ? `${exactTime(instant)} · ${relative}` : exactTime(instant)}>
      <time dateTime={at} style={{ whiteSpace: "nowrap" }}>
        {exact ? shortTime(instant) : relative}
      </time>
    </Tooltip>
  );
}

/** A calendar date. */
export function DateOnly({ on }: { on: string | null | undefined }) {
  if (!on) return <Nothing />;
  return (
    <Text component="time" inherit style={{ whiteSpace: "nowrap" }}>
      {calendarDate(on)}
    </Text>
  );
}
