import { useTranslation } from "react-i18next";
import { ORGANISATIONS, sitesOf } from "../../api/sources";
import { useMay } from "../../app/session";
import { FilterBar, FilterChip } from "../../ui/FilterChips";
import { FindBox } from "../../ui/FindBox";
import { NothingMatches, useNamedFilter } from "../../ui/NothingMatches";
import { RemoteChip } from "../../ui/RemoteChip";
import { useEnum } from "../../ui/useEnum";
import type { SourceWish } from "./api";

const KINDS = ["sparkplug", "json"];
const STATES = ["adopted", "released"];

/** What of a list's address is a filter of sources. */
export const queried = ({ q, kind, state, organisation, site }: SourceWish): SourceWish => ({
  q,
  kind,
  state,
  organisation,
  site,
});

interface Props {
  wish: SourceWish;
  onWish: (change: SourceWish) => void;
}

export function SourceFilters({ wish, onWish }: Props) {
  const { t } = useTranslation();
  const word = useEnum();
  const may = useMay()("assets.read");
  return (
    <FilterBar>
      <FindBox label={t("sources.find")} value={wish.q} onChange={(q) => onWish({ q })} />
      <FilterChip
        label={t("common.kind")}
        choices={KINDS.map((value) => ({ value, label: word("sourceKind", value) }))}
        value={wish.kind}
        onChange={(kind) => onWish({ kind })}
      />
      <FilterChip
        label={t("common.state")}
        choices={STATES.map((value) => ({ value, label: word("adoptionState", value) }))}
        value={wish.state}
        onChange={(state) => onWish({ state })}
      />
      {may ? (
        <>
          <RemoteChip
            label={t("common.customer")}
            source={ORGANISATIONS}
            value={wish.organisation}
            onChange={(organisation) => onWish({ organisation, site: undefined })}
          />
          <RemoteChip
            label={t("common.site")}
            source={sitesOf(wish.organisation ?? null)}
            value={wish.site}
            onChange={(site) => onWish({ site })}
          />
        </>
      ) : null}
    </FilterBar>
  );
}

/** No source fits: which filters hold them back. */
export function NoSourceMatches({ wish, onClear }: { wish: SourceWish; onClear: () => void }) {
  const { t } = useTranslation();
  const word = useEnum();
  const filters = [
    wish.q && { label: t("common.search"), value: wish.q },
    wish.kind && { label: t("common.kind"), value: word("sourceKind", wish.kind) },
    wish.state && { label: t("common.state"), value: word("adoptionState", wish.state) },
    useNamedFilter(t("common.customer"), ORGANISATIONS, wish.organisation),
    useNamedFilter(t("common.site"), sitesOf(wish.organisation ?? null), wish.site),
  ];
  return <NothingMatches filters={filters} onClear={onClear} />;
}
