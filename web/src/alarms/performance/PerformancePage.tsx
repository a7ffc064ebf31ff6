import { SegmentedControl, Skeleton } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ask, http } from "../../api/client";
import { ASSETS, sitesOf } from "../../api/sources";
import { FilterBar } from "../../ui/FilterChips";
import { Page } from "../../ui/Page";
import { QueryState } from "../../ui/QueryState";
import { RemoteChip } from "../../ui/RemoteChip";
import { Section } from "../../ui/Section";
import { useNow } from "../../ui/useNow";
import { FleetCalibration } from "../calibration/FleetCalibration";
import { Figures } from "./Figures";
import { BadActors, Chattering, Stale } from "./Lists";
import { Precision, PrecisionOfRecords } from "./Precision";
import classes from "./performance.module.css";
import { RateBars } from "./RateBars";
import { barsOf, isStretch, STRETCHES, type Stretch } from "./spans";

const SITES = sitesOf(null);
// A span that ends now moves on in steps, so that a page left open is not read anew all the time.
const STEP_MS = 600_000;

/** Whether the alarms are worth an engineer's drive: how many, which machines tell most, what they turned out to be. */
export function PerformancePage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ from: "/alarms/performance" });
  const stretch: Stretch = isStretch(search.span) ? search.span : "7d";
  const to = Math.ceil(useNow().getTime() / STEP_MS) * STEP_MS;
  const from = to - STRETCHES[stretch];
  const performance = useQuery({
    queryKey: ["alarms", "performance", from, to, search.site, search.asset],
    queryFn: ({ signal }) =>
      ask(
        http.GET("/api/v1/alarm-performance", {
          params: {
            query: {
              since: new Date(from).toISOString(),
              until: new Date(to).toISOString(),
              site_id: search.site,
              asset_id: search.asset,
            },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
  const bars = useMemo(
    () =>
      performance.data
        ? barsOf(
            performance.data.steps,
            { from: Date.parse(performance.data.start), to: Date.parse(performance.data.end) },
            performance.data.step_s,
          )
        : [],
    [performance.data],
  );
  const set = (change: Partial<typeof search>) =>
    void navigate({ to: "/alarms/performance", search: { ...search, ...change }, replace: true });
  return (
    <Page
      title={t("performance.title")}
      subtitle={t("performance.subtitle")}
      crumbs={[{ label: t("alarms.title"), to: "/alarms" }]}
    >
      <FilterBar>
        <SegmentedControl
          size="xs"
          aria-label={t("charts.span")}
          value={stretch}
          onChange={(span) => set({ span })}
          data={(Object.keys(STRETCHES) as Stretch[]).map((value) => ({
            value,
            label: t(`charts.spans.${value}`),
          }))}
        />
        <RemoteChip
          label={t("common.site")}
          source={SITES}
          value={search.site}
          onChange={(site) => set({ site })}
        />
        <RemoteChip
          label={t("common.asset")}
          source={ASSETS}
          value={search.asset}
          onChange={(asset) => set({ asset })}
        />
      </FilterBar>
      <QueryState query={performance} skeleton={<Skeleton height={520} radius="md" />}>
        {(found) => (
          <>
            <Figures found={found} />
            <Section title={t("performance.rateOver")}>
              <RateBars bars={bars} />
              <p className={classes.quiet}>{t("performance.rateHint")}</p>
            </Section>
            <BadActors found={found} />
            <Precision found={found} />
            <PrecisionOfRecords found={found} />
            <FleetCalibration />
            <Chattering found={found} />
            <Stale found={found} />
          </>
        )}
      </QueryState>
    </Page>
  );
}
