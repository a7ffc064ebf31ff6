import "@mantine/spotlight/styles.layer.css";
import { useDebouncedValue } from "@mantine/hooks";
import { createSpotlight, Spotlight } from "@mantine/spotlight";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Search as SearchIcon } from "lucide-react";
import { type KeyboardEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { ask, http, type Schemas } from "../api/client";
import { useFocusBack } from "../ui/useFocusBack";
import { setSearchOpened } from "./Search";
import { useNavItems } from "./useNavItems";

type Hit = Schemas["SearchHit"];

const PLACES: Record<string, (id: string) => string> = {
  asset: (id) => `/assets/${id}`,
  work_order: (id) => `/work-orders/${id}`,
  complaint: (id) => `/complaints/${id}`,
  claim: (id) => `/claims/${id}`,
  alarm: (id) => `/alarms/${id}`,
};

// Spotlight tells of its closing only what its own store opened.
const [store, spotlight] = createSpotlight();

/** Numbers, serials, customers, words: one search for everything. */
export default function SearchDialog() {
  const { t } = useTranslation();
  useFocusBack();
  const navigate = useNavigate();
  const areas = useNavItems();
  const [typed, setTyped] = useState("");
  const [query] = useDebouncedValue(typed.trim(), 180);
  useEffect(() => {
    spotlight.open();
    return spotlight.close;
  }, []);

  const hits = useQuery({
    queryKey: ["search", query],
    queryFn: ({ signal }) =>
      ask(http.GET("/api/v1/search", { params: { query: { q: query } }, signal })),
    enabled: query.length > 1,
    placeholderData: keepPreviousData,
  });
  const found = query.length > 1 ? (hits.data?.items ?? []) : [];
  const matching = areas.filter(
    ({ area }) =>
      typed === "" || t(`shell.areas.${area}`).toLowerCase().includes(typed.toLowerCase()),
  );

  const openHit = (hit: Hit) => navigate({ to: (PLACES[hit.kind]?.(hit.id) ?? "/") as "/" });
  const openFirst = (event: KeyboardEvent<HTMLInputElement>) => {
    const chosen = event.currentTarget.closest("[role=dialog]")?.querySelector("[data-selected]");
    // Enter also ends the writing of a Chinese word; that opens nothing.
    if (event.key !== "Enter" || event.nativeEvent.isComposing || chosen) return;
    const [hit] = grouped(found)[0]?.[1] ?? [];
    const [area] = matching;
    if (!hit && !area) return;
    setSearchOpened(false);
    void (hit ? openHit(hit) : navigate({ to: area?.to ?? "/" }));
  };

  return (
    <Spotlight.Root
      query={typed}
      onQueryChange={setTyped}
      store={store}
      shortcut={null}
      onSpotlightClose={() => setSearchOpened(false)}
      centered={false}
      yOffset="12vh"
      overlayProps={{ backgroundOpacity: 0.45, blur: 0 }}
      scrollable
      maxHeight={420}
    >
      <Spotlight.Search
        placeholder={t("shell.search.hint")}
        aria-label={t("shell.search.placeholder")}
        data-testid="search-input"
        onKeyDown={openFirst}
        leftSection={<SearchIcon size={17} />}
      />
      <Spotlight.ActionsList>
        {grouped(found).map(([kind, items]) => (
          <Spotlight.ActionsGroup key={kind} label={t(`shell.search.groups.${kind}`)}>
            {items.map((hit) => (
              <Spotlight.Action
                key={hit.id}
                label={hit.title}
                description={hit.subtitle ?? undefined}
                onClick={() => void openHit(hit)}
              />
            ))}
          </Spotlight.ActionsGroup>
        ))}
        {matching.length > 0 ? (
          <Spotlight.ActionsGroup label={t("shell.navigation")}>
            {matching.map(({ area, to, icon: Icon }) => (
              <Spotlight.Action
                key={area}
                label={t(`shell.areas.${area}`)}
                leftSection={<Icon size={16} />}
                onClick={() => void navigate({ to })}
              />
            ))}
          </Spotlight.ActionsGroup>
        ) : null}
        {query.length > 1 && found.length === 0 && matching.length === 0 && !hits.isFetching ? (
          <Spotlight.Empty>{t("shell.search.nothing", { query })}</Spotlight.Empty>
        ) : null}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}

const GROUPS = [
  "asset",
  "work_order",
  "complaint",
  "claim",
  "alarm",
  "organisation",
  "part",
  "person",
  "site",
  "other",
] as const;
type Group = (typeof GROUPS)[number];

/** Hits by kind, in a fixed order, so that rows do not jump about while somebody types. */
export function grouped(hits: Hit[]): [Group, Hit[]][] {
  const groupOf = (hit: Hit): Group => GROUPS.find((group) => group === hit.kind) ?? "other";
  return GROUPS.map((group): [Group, Hit[]] => [
    group,
    hits.filter((hit) => groupOf(hit) === group),
  ]).filter(([, items]) => items.length > 0);
}
