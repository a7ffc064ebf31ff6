import { Button, Skeleton } from "@mantine/core";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../app/session";
import { ConfirmDialog } from "../ui/ConfirmDialog";
import { EmptyState } from "../ui/EmptyState";
import { type Fact, Facts } from "../ui/Facts";
import { count, duration } from "../ui/format";
import { Page, TwoColumns } from "../ui/Page";
import { QueryState } from "../ui/QueryState";
import { Section } from "../ui/Section";
import { ShortId } from "../ui/ShortId";
import { StatusChip } from "../ui/StatusChip";
import { TimeAgo } from "../ui/TimeAgo";
import { useNow } from "../ui/useNow";
import { type Gateway, useGateway, useRevokeGateway } from "./api";
import { Quarantine } from "./Quarantine";
import { Sources } from "./Sources";
import { stateOf } from "./state";

/** One gateway: is it heard of, has everything it took arrived, what does it read. */
export function GatewayPage() {
  const { t } = useTranslation();
  const now = useNow().getTime();
  const { gatewayId } = useParams({ from: "/gateways/$gatewayId" });
  const gateway = useGateway(gatewayId);
  const crumbs = [{ label: t("gateways.title"), to: "/gateways" as const }];
  return (
    <QueryState
      query={gateway}
      skeleton={
        <Page title={t("gateways.gateway")} crumbs={crumbs}>
          <Skeleton height={420} radius="md" />
        </Page>
      }
    >
      {(found) => (
        <Page
          crumbs={crumbs}
          title={found.name}
          marks={<StatusChip of="gatewayState" state={stateOf(found, now)} />}
          actions={<Revoke gateway={found} />}
        >
          <TwoColumns
            main={
              <>
                <Section title={t("gateways.sources")} flush>
                  {found.sources.length > 0 ? (
                    <Sources sources={found.sources} />
                  ) : (
                    <EmptyState small title={t("gateways.noSources")} />
                  )}
                </Section>
                <Quarantine gatewayId={found.id} />
              </>
            }
            side={
              <>
                <Section title={t("gateways.counts")}>
                  <Counts gateway={found} />
                </Section>
                <Section title={t("tickets.facts")}>
                  <Facts
                    items={[
                      {
                        label: t("gateways.lastSeen"),
                        value: <TimeAgo at={found.last_seen_at} exact />,
                      },
                      { label: t("gateways.version"), value: found.version_running },
                      { label: t("gateways.clockOffset"), value: offset(found.clock_offset_ms) },
                      {
                        label: t("common.created"),
                        value: <TimeAgo at={found.created_at} exact />,
                      },
                      found.revoked_at && {
                        label: t("gateways.revoke"),
                        value: <TimeAgo at={found.revoked_at} exact />,
                      },
                      { label: t("tickets.id"), value: <ShortId id={found.id} /> },
                    ]}
                  />
                </Section>
              </>
            }
          />
        </Page>
      )}
    </QueryState>
  );
}

const SECOND_MS = 1_000;

function offset(ms: number | null | undefined): string | null {
  if (typeof ms !== "number") return null;
  const sign = ms < 0 ? "−" : "";
  return Math.abs(ms) < SECOND_MS ? `${ms} ms` : `${sign}${duration(Math.abs(ms) / SECOND_MS)}`;
}

/** Taken = stored + in quarantine + given up + still on the way. */
function Counts({ gateway }: { gateway: Gateway }) {
  const { t } = useTranslation();
  const arrived = gateway.stored + gateway.quarantined + gateway.dropped;
  // Its last word on what it took may be older than what has arrived since.
  const taken = Math.max(gateway.taken, arrived);
  const items: Fact[] = [
    { label: t("gateways.taken"), value: count(taken) },
    { label: t("gateways.stored"), value: count(gateway.stored) },
    { label: t("gateways.quarantined"), value: count(gateway.quarantined) },
    { label: t("gateways.dropped"), value: count(gateway.dropped) },
    { label: t("gateways.missing"), value: count(taken - arrived) },
    {
      label: t("gateways.buffered"),
      value: typeof gateway.buffered === "number" ? count(gateway.buffered) : null,
    },
  ];
  return <Facts items={items} />;
}

function Revoke({ gateway }: { gateway: Gateway }) {
  const { t } = useTranslation();
  const may = useMay();
  const [asking, setAsking] = useState(false);
  const revoke = useRevokeGateway(gateway, () => setAsking(false));
  if (!may("gateways.manage") || gateway.revoked_at) return null;
  return (
    <>
      <Button variant="default" onClick={() => setAsking(true)}>
        {t("gateways.revoke")}
      </Button>
      <ConfirmDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={t("gateways.revokeTitle", { name: gateway.name })}
        text={t("gateways.revokeText")}
        confirmLabel={t("gateways.revoke")}
        danger
        onConfirm={() => revoke.mutate(undefined)}
        pending={revoke.isPending}
        error={revoke.error}
      />
    </>
  );
}
