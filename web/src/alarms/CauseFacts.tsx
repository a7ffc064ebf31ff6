import { useTranslation } from "react-i18next";
import { Facts } from "../ui/Facts";
import { quantity } from "../ui/format";
import { Quantity } from "../ui/Quantity";
import { TimeAgo } from "../ui/TimeAgo";
import { useEnum } from "../ui/useEnum";
import { readCause } from "./cause";

/** Which series broke which record: expected, seen, since when. */
export function CauseFacts({ cause: raw, since }: { cause: unknown; since: string }) {
  const { t } = useTranslation();
  const word = useEnum();
  const cause = readCause(raw);
  const [low, high] = cause.expected ?? [null, null];
  return (
    <Facts
      items={[
        { label: t("alarms.series"), value: cause.seriesName },
        { label: t("alarms.record"), value: word("record", cause.record) },
        cause.feature !== null && {
          label: t("alarms.feature"),
          value: word("recordFeature", cause.feature),
        },
        {
          label: t("alarms.expected"),
          value:
            low === null || high === null ? null : low === high ? (
              <Quantity value={low} unit={cause.unit} />
            ) : (
              <span>{`${quantity(low)} – ${quantity(high)} ${cause.unit}`}</span>
            ),
        },
        {
          label: t("alarms.seen"),
          value: cause.seen === null ? null : <Quantity value={cause.seen} unit={cause.unit} />,
        },
        cause.mode !== null && {
          label: t("modes.atOnset"),
          value: word("machineMode", cause.mode),
        },
        { label: t("common.since"), value: <TimeAgo at={since} exact /> },
      ]}
    />
  );
}
