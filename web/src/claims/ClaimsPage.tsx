import { useNavigate, useSearch } from "@tanstack/react-router";
import { ShieldCheck } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useMay } from "../app/session";
import { EmptyState } from "../ui/EmptyState";
import { FilterBar, FilterChip, ToggleChip } from "../ui/FilterChips";
import { LinkButton } from "../ui/LinkButton";
import { Page } from "../ui/Page";
import { Section } from "../ui/Section";
import { useEnum } from "../ui/useEnum";
import { CLAIM_STATES, useClaims } from "./api";
import { ClaimTable } from "./ClaimTable";

/** Warranty claims, the newest first. */
export function ClaimsPage() {
  const { t } = useTranslation();
  const word = useEnum();
  const may = useMay();
  const navigate = useNavigate();
  const filters = useSearch({ from: "/claims" });
  const claims = useClaims({ state: filters.state, assetId: filters.asset });
  const set = (change: Partial<typeof filters>) =>
    void navigate({ to: "/claims", search: { ...filters, ...change }, replace: true });
  return (
    <Page
      title={t("claims.title")}
      actions={
        may("claims.submit") ? (
          <LinkButton to="/claims/new" data-testid="new-claim">
            {t("claims.new")}
          </LinkButton>
        ) : null
      }
    >
      <FilterBar>
        <FilterChip
          label={t("common.state")}
          choices={CLAIM_STATES.map((value) => ({ value, label: word("claimState", value) }))}
          value={filters.state}
          onChange={(state) => set({ state })}
        />
        {filters.asset ? (
          <ToggleChip label={t("tickets.oneAsset")} on onChange={() => set({ asset: undefined })} />
        ) : null}
      </FilterBar>
      <Section flush>
        <ClaimTable
          claims={claims}
          empty={
            <EmptyState icon={ShieldCheck} title={t("claims.empty")} hint={t("claims.emptyHint")} />
          }
        />
      </Section>
    </Page>
  );
}
