import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Radio } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "../../api/problem";
import { useMay } from "../../app/session";
import { AskedButton } from "../../ui/AskedButton";
import { DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { count } from "../../ui/format";
import { Section } from "../../ui/Section";
import { StatusChip } from "../../ui/StatusChip";
import { TimeAgo } from "../../ui/TimeAgo";
import { useEnum } from "../../ui/useEnum";
import { rowsOf } from "../../ui/usePaged";
import classes from "../gateways.module.css";
import { AdoptDialog } from "./AdoptDialog";
import { type Adopted, type Seen, type SourceWish, useAdopted, useRelease, useSeen } from "./api";
import { NoSourceMatches, queried, SourceFilters } from "./SourceFilters";

interface Props {
  wish: SourceWish;
  onWish: (change: SourceWish) => void;
}

/** Devices that publish to the platform's own broker: those seen and nobody's yet, and those adopted. */
export function ThirdParty({ wish, onWish }: Props) {
  const may = useMay()("gateways.manage");
  const [adopting, setAdopting] = useState<Seen | "new" | null>(null);
  return (
    <>
      <SourceFilters wish={wish} onWish={onWish} />
      {may ? <SeenSection wish={wish} onWish={onWish} onAdopt={setAdopting} /> : null}
      <AdoptedSection wish={wish} onWish={onWish} may={may} />
      {adopting ? (
        <AdoptDialog
          seen={adopting === "new" ? null : adopting}
          onClose={() => setAdopting(null)}
        />
      ) : null}
    </>
  );
}

interface SeenProps extends Props {
  onAdopt: (seen: Seen | "new") => void;
}

function SeenSection({ wish, onWish, onAdopt }: SeenProps) {
  const { t } = useTranslation();
  const word = useEnum();
  const seen = useSeen(wish);
  // Whose a device is may be said only by those who see everybody.
  if (seen.error instanceof Problem && seen.error.status === 403) return null;
  return (
    <Section
      title={t("sources.seen")}
      flush
      testId="sources-seen"
      aside={
        <Button size="compact-sm" variant="default" onClick={() => onAdopt("new")}>
          {t("sources.adoptOther")}
        </Button>
      }
    >
      <DataTable<Seen>
        label={t("sources.seen")}
        rowKey={(row) => row.id}
        expect={3}
        empty={
          wish.q || wish.kind ? (
            <NoSourceMatches
              wish={{ q: wish.q, kind: wish.kind }}
              onClear={() => onWish({ q: undefined, kind: undefined })}
            />
          ) : (
            <EmptyState
              small
              icon={Radio}
              title={t("sources.nobody")}
              hint={t("sources.nobodyHint")}
            />
          )
        }
        columns={[
          {
            key: "address",
            header: t("sources.address"),
            phone: "main",
            cell: (row) => <span className={classes.code}>{row.address}</span>,
          },
          {
            key: "kind",
            header: t("common.kind"),
            cell: (row) => word("sourceKind", row.kind),
          },
          {
            key: "names",
            header: t("sources.publishes"),
            cell: (row) => (
              <span className={classes.detail}>
                {row.names.slice(0, 6).join(", ")}
                {row.names.length > 6 ? " …" : ""}
              </span>
            ),
          },
          {
            key: "messages",
            header: t("sources.messages"),
            align: "right",
            cell: (row) => count(row.messages),
          },
          {
            key: "first",
            header: t("gateways.firstSeen"),
            phone: "hidden",
            cell: (row) => <TimeAgo at={row.first_seen_at} />,
          },
          {
            key: "seen",
            header: t("gateways.lastSeenThere"),
            cell: (row) => <TimeAgo at={row.last_seen_at} />,
          },
          {
            key: "verbs",
            header: "",
            align: "right",
            phone: "side",
            cell: (row) => (
              <Button size="compact-xs" onClick={() => onAdopt(row)} data-testid="adopt">
                {t("sources.adopt")}
              </Button>
            ),
          },
        ]}
        {...rowsOf(seen)}
      />
    </Section>
  );
}

function AdoptedSection({ wish, onWish, may }: Props & { may: boolean }) {
  const { t } = useTranslation();
  const word = useEnum();
  const adopted = useAdopted(wish);
  const isFiltered = Object.values(queried(wish)).some(Boolean);
  return (
    <Section title={t("sources.adoptedTitle")} flush testId="sources-adopted">
      <DataTable<Adopted>
        label={t("sources.adoptedTitle")}
        rowKey={(row) => row.gateway_id}
        rowLink={(row) => ({
          to: "/gateways/$gatewayId",
          params: { gatewayId: row.gateway_id },
        })}
        expect={2}
        empty={
          isFiltered ? (
            <NoSourceMatches wish={queried(wish)} onClear={() => onWish(queried({}))} />
          ) : (
            <EmptyState small title={t("sources.none")} hint={t("sources.bestEffort")} />
          )
        }
        columns={[
          {
            key: "name",
            header: t("common.name"),
            phone: "main",
            cell: (row) => (
              <>
                <div style={{ fontWeight: 550 }}>{row.name}</div>
                <div className={classes.detail}>
                  {[row.organisation_name, row.site_name].join(" · ")}
                </div>
              </>
            ),
          },
          {
            key: "state",
            header: t("common.state"),
            phone: "side",
            cell: (row) => (
              <StatusChip of="adoptionState" state={row.released_at ? "released" : "adopted"} />
            ),
          },
          { key: "kind", header: t("common.kind"), cell: (row) => word("sourceKind", row.kind) },
          {
            key: "address",
            header: t("sources.address"),
            cell: (row) => <span className={classes.code}>{row.address}</span>,
          },
          {
            key: "since",
            header: t("common.since"),
            cell: (row) => <TimeAgo at={row.created_at} exact />,
          },
          {
            key: "verbs",
            header: "",
            align: "right",
            cell: (row) => (may && !row.released_at ? <Release source={row} /> : null),
          },
        ]}
        {...rowsOf(adopted)}
      />
    </Section>
  );
}

function Release({ source }: { source: Adopted }) {
  const { t } = useTranslation();
  const asking = useDisclosure(false);
  const release = useRelease(source, asking[1].close);
  return (
    <AskedButton
      asking={asking}
      label={t("sources.release")}
      title={t("sources.releaseTitle", { name: source.name })}
      text={t("sources.releaseText")}
      action={release}
      quiet
    />
  );
}
