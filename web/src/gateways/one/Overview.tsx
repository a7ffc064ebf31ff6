import { useTranslation } from "react-i18next";
import { EmptyState } from "../../ui/EmptyState";
import { Facts } from "../../ui/Facts";
import { TwoColumns } from "../../ui/Page";
import { Section } from "../../ui/Section";
import { ShortId } from "../../ui/ShortId";
import { TimeAgo } from "../../ui/TimeAgo";
import { useNow } from "../../ui/useNow";
import type { Gateway } from "../api";
import classes from "../gateways.module.css";
import { ConfigurationMark, Offset } from "../marks";
import { reportsOf } from "../reports";
import { troublesOf } from "../state";
import { BufferSection } from "./BufferSection";
import { bytes } from "./bytes";
import { Happenings } from "./Happenings";
import { ReadingsAccount } from "./ReadingsAccount";
import { SourceReport } from "./SourceReport";
import { Troubles } from "./Troubles";

/** How a gateway is, all of it on one page: what is wrong first. */
export function Overview({ gateway }: { gateway: Gateway }) {
  const { t } = useTranslation();
  const now = useNow().getTime();
  const reports = reportsOf(gateway);
  const { own, buffer, readers } = reports;
  return (
    <>
      <Troubles troubles={troublesOf(gateway, now)} />
      <TwoColumns
        main={
          <>
            <Section title={t("gateways.account")} testId="readings-account">
              <ReadingsAccount gateway={gateway} />
            </Section>
            <Section title={t("gateways.sources")} flush testId="gateway-sources">
              {readers.length > 0 ? (
                <div className={classes.sources}>
                  {readers.map((reader) => (
                    <SourceReport key={`${reader.kind} ${reader.name}`} reader={reader} />
                  ))}
                </div>
              ) : (
                <EmptyState small title={t("gateways.noSources")} />
              )}
            </Section>
            <Happenings gatewayId={gateway.id} />
          </>
        }
        side={
          <>
            <Section title={t("tickets.facts")}>
              <Facts
                items={[
                  {
                    label: t("gateways.lastSeen"),
                    value: <TimeAgo at={gateway.last_seen_at} />,
                  },
                  {
                    label: t("gateways.checkedIn"),
                    value: gateway.checked_in_at ? <TimeAgo at={gateway.checked_in_at} /> : null,
                  },
                  { label: t("gateways.clock"), value: <Offset ms={gateway.clock_offset_ms} /> },
                  { label: t("gateways.version"), value: gateway.version_running },
                  {
                    label: t("gateways.configuration"),
                    value: <ConfigurationMark gateway={gateway} />,
                  },
                  {
                    label: t("security.keyVersion"),
                    value: String(gateway.key_state.version),
                  },
                  own?.startedAt && {
                    label: t("gateways.startedAt"),
                    value: <TimeAgo at={own.startedAt.toISOString()} />,
                  },
                  {
                    label: t("gateways.diskFree"),
                    value: bytes(own?.diskFree ?? buffer?.diskFree),
                  },
                  gateway.enrolled_at && {
                    label: t("gateways.enrolledAt"),
                    value: <TimeAgo at={gateway.enrolled_at} exact />,
                  },
                  { label: t("common.created"), value: <TimeAgo at={gateway.created_at} exact /> },
                  gateway.revoked_at && {
                    label: t("gateways.revokedAt"),
                    value: <TimeAgo at={gateway.revoked_at} exact />,
                  },
                  { label: t("tickets.id"), value: <ShortId id={gateway.id} /> },
                ]}
              />
            </Section>
            {buffer ? <BufferSection buffer={buffer} /> : null}
          </>
        }
      />
    </>
  );
}
