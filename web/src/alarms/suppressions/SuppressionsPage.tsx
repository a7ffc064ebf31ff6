import { Button } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { BellOff } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../app/session";
import { type Column, DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { FilterBar, FilterChip, ToggleChip } from "../../ui/FilterChips";
import { AssetLink } from "../../ui/links";
import { Nothing } from "../../ui/Nothing";
import { Page } from "../../ui/Page";
import { Section } from "../../ui/Section";
import { TimeAgo } from "../../ui/TimeAgo";
import { useEnum } from "../../ui/useEnum";
import { rowsOf } from "../../ui/usePaged";
import { type Suppression, useSuppressions } from "./api";
import { EndDialog } from "./EndDialog";
import { type Planned, SuppressDialog } from "./SuppressDialog";

const KINDS: Suppression["kind"][] = [
  "maintenance",
  "out_of_service",
  "parent",
  "shelved",
  "flood",
];

const isKind = (value: string | undefined): value is Suppression["kind"] =>
  KINDS.some((kind) => kind === value);

/** What keeps alarms from being told, by what and until when; and a way to set it and to end it. */
export function SuppressionsPage() {
  const { t } = useTranslation();
  const word = useEnum();
  const may = useMay();
  const navigate = useNavigate();
  const search = useSearch({ from: "/alarms/suppressions" });
  const past = search.ended === "true";
  const rows = useSuppressions({
    kind: isKind(search.kind) ? search.kind : undefined,
    ended: past ? undefined : false,
  });
  const [setting, setSetting] = useState(false);
  const [ending, setEnding] = useState<Suppression | null>(null);
  const kinds: Planned[] = [
    ...(may("alarms.handle") ? (["maintenance"] as const) : []),
    ...(may("alarms.handle") && may("assets.write") ? (["out_of_service", "parent"] as const) : []),
  ];
  const mayEnd = ({ kind }: Suppression) =>
    may("alarms.handle") && (!["out_of_service", "parent"].includes(kind) || may("assets.write"));
  const set = (change: Partial<typeof search>) =>
    void navigate({ to: "/alarms/suppressions", search: { ...search, ...change }, replace: true });
  const columns: (Column<Suppression> | false)[] = [
    {
      key: "kind",
      header: t("suppressions.kind"),
      phone: "main",
      cell: (row) => word("suppressionKind", row.kind),
    },
    { key: "place", header: t("suppressions.hides"), cell: (row) => <Place row={row} /> },
    {
      key: "because",
      header: t("suppressions.because"),
      cell: (row) => (row.kind === "parent" ? <Because row={row} /> : row.reason),
    },
    {
      key: "from",
      header: t("suppressions.from"),
      cell: (row) => <TimeAgo at={row.starts_at} exact />,
    },
    {
      key: "until",
      header: t("suppressions.until"),
      cell: (row) => (row.ends_at ? <TimeAgo at={row.ends_at} exact /> : t("suppressions.endless")),
    },
    { key: "by", header: t("common.by"), cell: (row) => row.created_by_name },
    past && {
      key: "ended",
      header: t("suppressions.endedAt"),
      cell: (row) => (row.ended_at ? <TimeAgo at={row.ended_at} exact /> : <Nothing />),
    },
    kinds.length > 0 && {
      key: "end",
      header: t("common.actions"),
      phone: "side",
      cell: (row) =>
        row.ended_at === null && mayEnd(row) ? (
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            onClick={() => setEnding(row)}
            data-testid={`end-${row.kind}`}
          >
            {t("suppressions.end")}
          </Button>
        ) : null,
    },
  ];
  return (
    <Page
      title={t("suppressions.title")}
      subtitle={t("suppressions.subtitle")}
      crumbs={[{ label: t("alarms.title"), to: "/alarms" }]}
      actions={
        kinds.length > 0 ? (
          <Button onClick={() => setSetting(true)} data-testid="suppress">
            {t("suppressions.set")}
          </Button>
        ) : null
      }
    >
      <FilterBar>
        <FilterChip
          label={t("suppressions.kind")}
          choices={KINDS.map((value) => ({ value, label: word("suppressionKind", value) }))}
          value={search.kind}
          onChange={(kind) => set({ kind })}
        />
        <ToggleChip
          label={t("suppressions.past")}
          on={past}
          onChange={(on) => set({ ended: on ? "true" : undefined })}
        />
      </FilterBar>
      <Section flush testId="all-suppressions">
        <DataTable
          label={t("suppressions.title")}
          columns={columns.filter((column): column is Column<Suppression> => column !== false)}
          rowKey={(row) => row.id}
          empty={
            <EmptyState
              icon={BellOff}
              title={t("suppressions.noneAtAll")}
              hint={t("suppressions.noneHint")}
            />
          }
          {...rowsOf(rows)}
        />
      </Section>
      {setting ? <SuppressDialog kinds={kinds} onClose={() => setSetting(false)} /> : null}
      {ending ? <EndDialog row={ending} onClose={() => setEnding(null)} /> : null}
    </Page>
  );
}

function Place({ row }: { row: Suppression }) {
  const { t } = useTranslation();
  const word = useEnum();
  const what =
    row.series_names?.join(", ") ?? (row.category && word("alarmCategory", row.category));
  return (
    <>
      {row.asset_id ? (
        <AssetLink id={row.asset_id} name={row.asset_name ?? row.asset_id} />
      ) : row.product_model_id ? (
        t("suppressions.everyOf", { model: row.product_model_name ?? row.product_model_id })
      ) : (
        (row.site_name ?? <Nothing />)
      )}
      {what ? ` · ${what}` : null}
    </>
  );
}

/** What a rule waits for: an alarm of another machine, or of a series. */
function Because({ row }: { row: Suppression }) {
  const { t } = useTranslation();
  const word = useEnum();
  const what = [
    row.parent_series,
    row.parent_category && word("alarmCategory", row.parent_category),
  ]
    .filter(Boolean)
    .join(" · ");
  return (
    <>
      {row.parent_asset_id ? (
        <AssetLink id={row.parent_asset_id} name={row.parent_asset_name ?? row.parent_asset_id} />
      ) : (
        t("suppressions.sameMachine")
      )}
      {what ? ` · ${what}` : null}
      {` · ${row.reason}`}
    </>
  );
}
