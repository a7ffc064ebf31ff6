import { useNavigate, useSearch } from "@tanstack/react-router";
import { MessageSquareWarning } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useMay, useMe } from "../app/session";
import { PRIORITIES, STAGES } from "../tickets/codes";
import { EmptyState } from "../ui/EmptyState";
import { FilterBar, FilterChip, ToggleChip } from "../ui/FilterChips";
import { LinkButton } from "../ui/LinkButton";
import { Page } from "../ui/Page";
import { Section } from "../ui/Section";
import { useEnum } from "../ui/useEnum";
import { useComplaints } from "./api";
import { ComplaintTable } from "./ComplaintTable";

/** What customers complain of. */
export function ComplaintsPage() {
  const { t } = useTranslation();
  const word = useEnum();
  const may = useMay();
  const isCustomer = useMe().organisation.kind === "customer";
  const navigate = useNavigate();
  const filters = useSearch({ from: "/complaints" });
  const complaints = useComplaints({
    stage: filters.state && filters.state !== "any" ? filters.state : undefined,
    open: filters.state ? undefined : true,
    priority: filters.priority,
    assetId: filters.asset,
  });
  const set = (change: Partial<typeof filters>) =>
    void navigate({ to: "/complaints", search: { ...filters, ...change }, replace: true });
  return (
    <Page
      title={t("complaints.title")}
      actions={
        <>
          {may("complaints.handle") ? (
            <LinkButton to="/complaints/mail" variant="default" data-testid="letters">
              {t("mail.title")}
            </LinkButton>
          ) : null}
          {may("complaints.create") ? (
            <LinkButton to="/complaints/new" data-testid="new-complaint">
              {t(isCustomer ? "complaints.ownTitle" : "complaints.new")}
            </LinkButton>
          ) : null}
        </>
      }
    >
      <FilterBar>
        <FilterChip
          label={t("tickets.stage")}
          choices={[
            { value: "any", label: t("tickets.openAndEnded") },
            ...STAGES.map((value) => ({ value, label: word("stage", value) })),
          ]}
          value={filters.state}
          onChange={(state) => set({ state })}
        />
        <FilterChip
          label={t("tickets.priority")}
          choices={PRIORITIES.map((value) => ({ value, label: word("priority", value) }))}
          value={filters.priority}
          onChange={(priority) => set({ priority })}
        />
        {filters.asset ? (
          <ToggleChip label={t("tickets.oneAsset")} on onChange={() => set({ asset: undefined })} />
        ) : null}
      </FilterBar>
      <Section flush>
        <ComplaintTable
          complaints={complaints}
          empty={
            <EmptyState
              icon={MessageSquareWarning}
              title={t("complaints.empty")}
              hint={t("complaints.emptyHint")}
            />
          }
        />
      </Section>
    </Page>
  );
}
