import { SegmentedControl } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { ToggleLeft } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ask, http } from "../../api/client";
import { DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { FilterBar } from "../../ui/FilterChips";
import { duration, quantity } from "../../ui/format";
import { LinkButton } from "../../ui/LinkButton";
import { Page } from "../../ui/Page";
import { Section } from "../../ui/Section";
import { TimeAgo } from "../../ui/TimeAgo";
import { useNow } from "../../ui/useNow";
import { useAsset, useSeries } from "../api";
import { isSpanName, liveSpan } from "../spans";
import { type Stretch, stretchesOf } from "./stretches";

const CHOICES = ["1h", "24h", "7d", "30d"] as const;
const LIMIT = 1000;

/** When a machine's switches, modes and texts changed, and how long each state lasted. */
export function StatesPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { assetId } = useParams({ from: "/assets/$assetId/states" });
  const search = useSearch({ from: "/assets/$assetId/states" });
  const name = isSpanName(search.span) ? search.span : "24h";
  const now = useNow().getTime();
  const { from, to } = liveSpan(name, now);
  const asset = useAsset(assetId);
  const series = useSeries(assetId);
  const states = useQuery({
    queryKey: ["states", assetId, from, to],
    queryFn: ({ signal }) =>
      ask(
        http.GET("/api/v1/assets/{asset_id}/states", {
          params: {
            path: { asset_id: assetId },
            query: {
              start: new Date(from).toISOString(),
              end: new Date(to).toISOString(),
              limit: LIMIT,
            },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
  const known = new Map((series.data ?? []).map((each) => [each.id, each]));
  const title = asset.data?.name ?? t("common.asset");
  const shown = ({ seriesId, value, label }: Stretch) => {
    if (label !== null) return label;
    if (value === null) return t("states.bad");
    if (known.get(seriesId)?.data_type !== "boolean") return quantity(value);
    return t(value ? "states.on" : "states.off");
  };
  return (
    <Page
      title={t("states.of", { name: title })}
      subtitle={t("states.subtitle")}
      crumbs={[{ label: t("assets.title"), to: "/assets" }]}
      actions={
        <LinkButton to="/assets/$assetId" params={{ assetId }} variant="default">
          {title}
        </LinkButton>
      }
    >
      <FilterBar>
        <SegmentedControl
          size="xs"
          aria-label={t("charts.span")}
          value={name}
          onChange={(span) =>
            void navigate({
              to: "/assets/$assetId/states",
              params: { assetId },
              search: { span },
              replace: true,
            })
          }
          data={CHOICES.map((value) => ({ value, label: t(`charts.spans.${value}`) }))}
        />
      </FilterBar>
      <Section flush testId="states">
        <DataTable
          label={t("states.title")}
          rows={states.data ? stretchesOf(states.data.items, from) : undefined}
          error={states.error}
          retry={() => void states.refetch()}
          rowKey={(row) => `${row.seriesId} ${row.from}`}
          empty={
            <EmptyState icon={ToggleLeft} title={t("states.empty")} hint={t("states.emptyHint")} />
          }
          columns={[
            {
              key: "series",
              header: t("alarms.series"),
              phone: "main",
              cell: (row) => known.get(row.seriesId)?.name ?? row.seriesId,
            },
            {
              key: "state",
              header: t("common.state"),
              phone: "side",
              cell: (row) => <strong>{shown(row)}</strong>,
            },
            {
              key: "from",
              header: t("states.from"),
              cell: (row) => <TimeAgo at={new Date(row.from).toISOString()} exact />,
            },
            {
              key: "to",
              header: t("states.to"),
              cell: (row) =>
                row.to === null ? (
                  t("states.now")
                ) : (
                  <TimeAgo at={new Date(row.to).toISOString()} exact />
                ),
            },
            {
              key: "lasted",
              header: t("states.lasted"),
              align: "right",
              cell: (row) => duration(((row.to ?? now) - row.from) / 1000),
            },
          ]}
        />
        {states.data?.has_more ? <EmptyState small title={t("states.more")} /> : null}
      </Section>
    </Page>
  );
}
