import { SegmentedControl } from "@mantine/core";
import { PackageCheck } from "lucide-react";
import { useTranslation } from "react-i18next";
import { GATEWAYS, ORGANISATIONS, sitesOf } from "../../api/sources";
import { useMay } from "../../app/session";
import { EmptyState } from "../../ui/EmptyState";
import { FilterBar, FilterChip } from "../../ui/FilterChips";
import { FindBox } from "../../ui/FindBox";
import { NothingMatches, useNamedFilter } from "../../ui/NothingMatches";
import { RemoteChip } from "../../ui/RemoteChip";
import { useEnum } from "../../ui/useEnum";
import type { QuarantineWish } from "./api";
import { Groups } from "./Groups";
import { OneGroup } from "./OneGroup";
import { REASONS, STATES } from "./reasons";

interface Props {
  /** Only what this gateway sent. */
  of?: string;
  /** Nobody else's gateways are seen: no customer to choose. */
  isCustomer?: boolean;
  wish: QuarantineWish;
  onWish: (change: QuarantineWish) => void;
}

/** What could not be stored and why, to be looked at, replayed once that is put right, or given up. */
export function Quarantine({ of, isCustomer = false, wish, onWish }: Props) {
  const asked = { ...wish, gateway: of ?? wish.gateway };
  if (wish.reason && wish.source) {
    const back = () => onWish({ reason: undefined, source: undefined });
    return <OneGroup wish={asked} onBack={back} />;
  }
  return (
    <>
      <Filters of={of} isCustomer={isCustomer} wish={wish} onWish={onWish} />
      <Groups
        wish={asked}
        onOpen={({ reason, source }) => onWish({ reason, source })}
        empty={<Empty of={of} wish={wish} onWish={onWish} />}
      />
    </>
  );
}

function Filters({ of, isCustomer, wish, onWish }: Props) {
  const { t } = useTranslation();
  const word = useEnum();
  const may = useMay()("assets.read");
  return (
    <FilterBar>
      <FindBox
        label={t("gateways.findQuarantine")}
        value={wish.q}
        onChange={(q) => onWish({ q })}
      />
      <SegmentedControl
        size="xs"
        aria-label={t("common.state")}
        value={STATES.find((each) => each === wish.state) ?? "open"}
        onChange={(state) => onWish({ state: state === "open" ? undefined : state })}
        data={STATES.map((value) => ({ value, label: word("quarantineState", value) }))}
      />
      <FilterChip
        label={t("gateways.why")}
        choices={REASONS.map((value) => ({ value, label: word("quarantineReason", value) }))}
        value={wish.reason}
        onChange={(reason) => onWish({ reason })}
      />
      {of ? null : (
        <RemoteChip
          label={t("gateways.gateway")}
          source={GATEWAYS}
          value={wish.gateway}
          onChange={(gateway) => onWish({ gateway })}
        />
      )}
      {of || isCustomer || !may ? null : (
        <RemoteChip
          label={t("common.customer")}
          source={ORGANISATIONS}
          value={wish.organisation}
          onChange={(organisation) => onWish({ organisation, site: undefined })}
        />
      )}
      {of || !may ? null : (
        <RemoteChip
          label={t("common.site")}
          source={sitesOf(wish.organisation ?? null)}
          value={wish.site}
          onChange={(site) => onWish({ site })}
        />
      )}
    </FilterBar>
  );
}

const CLEARED: QuarantineWish = {
  q: undefined,
  state: undefined,
  reason: undefined,
  gateway: undefined,
  organisation: undefined,
  site: undefined,
};

function Empty({ of, wish, onWish }: Props) {
  const { t } = useTranslation();
  const word = useEnum();
  const filters = [
    wish.q && { label: t("common.search"), value: wish.q },
    wish.state && { label: t("common.state"), value: word("quarantineState", wish.state) },
    wish.reason && { label: t("gateways.why"), value: word("quarantineReason", wish.reason) },
    useNamedFilter(t("gateways.gateway"), GATEWAYS, of ? undefined : wish.gateway),
    useNamedFilter(t("common.customer"), ORGANISATIONS, wish.organisation),
    useNamedFilter(t("common.site"), sitesOf(wish.organisation ?? null), wish.site),
  ];
  return filters.some(Boolean) ? (
    <NothingMatches filters={filters} onClear={() => onWish(CLEARED)} />
  ) : (
    <EmptyState
      icon={PackageCheck}
      title={t("gateways.quarantineEmpty")}
      hint={t("gateways.quarantineHint")}
    />
  );
}
