import { Progress } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useMay } from "../app/session";
import { duration } from "../ui/format";
import { QueryState } from "../ui/QueryState";
import { Section } from "../ui/Section";
import { TimeAgo } from "../ui/TimeAgo";
import { useEnum } from "../ui/useEnum";
import { useNow } from "../ui/useNow";
import { type Clock, useClocks } from "./api";
import { leftSeconds, urgency, usedShare } from "./left";
import classes from "./sla.module.css";

const COLOURS = { calm: "gray", near: "yellow", late: "red" } as const;

/** What was promised on a ticket and how much of the time is left, second by second as it passes. */
export function TicketClocks({
  family,
  ticketId,
}: {
  family: "complaint" | "work_order";
  ticketId: string;
}) {
  const { t } = useTranslation();
  const allowed = useMay()("work_orders.read");
  const clocks = useClocks(family, ticketId, allowed);
  const now = useNow().getTime();
  if (!allowed || clocks.data === null) return null;
  return (
    <Section title={t("sla.promised")} aside={clocks.data?.policy_name} testId="clocks">
      <QueryState query={clocks} height={72} small>
        {(found) => (
          <ul className={classes.clocks}>
            {found?.clocks.map((clock) => (
              <OneClock
                key={`${clock.target} ${clock.round}`}
                clock={clock}
                readAt={found.readAt}
                now={now}
              />
            ))}
          </ul>
        )}
      </QueryState>
    </Section>
  );
}

function OneClock({ clock, readAt, now }: { clock: Clock; readAt: number; now: number }) {
  const { t } = useTranslation();
  const word = useEnum();
  const tone = urgency(clock, readAt, now);
  const open = clock.state === "running" || clock.state === "paused";
  return (
    <li data-testid={`clock-${clock.target}`} data-urgency={tone}>
      <div className={classes.line}>
        <span>{word("slaTarget", clock.target)}</span>
        <strong className={classes.left} data-urgency={tone}>
          <Words clock={clock} readAt={readAt} now={now} />
        </strong>
      </div>
      {open ? (
        <Progress
          value={100 * usedShare(clock, readAt, now)}
          color={COLOURS[tone]}
          size="sm"
          aria-label={word("slaTarget", clock.target)}
        />
      ) : null}
      <div className={classes.note}>
        {clock.state === "paused" && clock.paused_why ? (
          t("sla.pausedWhy", { why: word("slaPause", clock.paused_why) })
        ) : open && clock.due_at ? (
          <>
            {t("sla.due")} <TimeAgo at={clock.due_at} exact />
            {clock.ticking ? null : ` · ${t("sla.outsideHours")}`}
          </>
        ) : null}
      </div>
    </li>
  );
}

function Words({ clock, readAt, now }: { clock: Clock; readAt: number; now: number }) {
  const { t } = useTranslation();
  const left = leftSeconds(clock, readAt, now);
  switch (clock.state) {
    case "met":
      return t("sla.met", { time: duration(clock.elapsed_s) });
    case "missed":
      return t("sla.missed", { time: duration(-left) });
    case "cancelled":
      return t("sla.cancelled");
    default:
      return left < 0
        ? t("sla.late", { time: duration(-left) })
        : t("sla.left", { time: duration(left) });
  }
}
