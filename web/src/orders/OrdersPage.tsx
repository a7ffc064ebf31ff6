import { Button } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { ClipboardList } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../app/session";
import { ORDER_KINDS, PRIORITIES, STAGES } from "../tickets/api";
import { EmptyState } from "../ui/EmptyState";
import { FilterBar, FilterChip, ToggleChip } from "../ui/FilterChips";
import { Page } from "../ui/Page";
import { Section } from "../ui/Section";
import { useEnum } from "../ui/useEnum";
import { useOrders } from "./api";
import { NewOrderDialog } from "./NewOrderDialog";
import { OrderTable } from "./OrderTable";

/** Every work order that somebody may see. */
export function OrdersPage() {
  const { t } = useTranslation();
  const word = useEnum();
  const may = useMay();
  const navigate = useNavigate();
  const filters = useSearch({ from: "/work-orders" });
  const [making, setMaking] = useState(false);
  const orders = useOrders({
    stage: filters.state && filters.state !== "any" ? filters.state : undefined,
    open: filters.state ? undefined : true,
    kind: filters.kind,
    priority: filters.priority,
    assignee: filters.assignee,
    assetId: filters.asset,
  });
  const set = (change: Partial<typeof filters>) =>
    void navigate({ to: "/work-orders", search: { ...filters, ...change }, replace: true });
  const choices = (name: "stage" | "ticketKind" | "priority", codes: readonly string[]) =>
    codes.map((value) => ({ value, label: word(name, value) }));

  return (
    <Page
      title={t("orders.title")}
      actions={
        may("work_orders.create") ? (
          <Button onClick={() => setMaking(true)} data-testid="new-order">
            {t("orders.new")}
          </Button>
        ) : null
      }
    >
      <FilterBar>
        <ToggleChip
          label={t("orders.mine")}
          on={filters.assignee === "me"}
          onChange={(on) => set({ assignee: on ? "me" : undefined })}
        />
        <ToggleChip
          label={t("orders.nobodys")}
          on={filters.assignee === "none"}
          onChange={(on) => set({ assignee: on ? "none" : undefined })}
        />
        <FilterChip
          label={t("tickets.stage")}
          choices={[
            { value: "any", label: t("tickets.openAndEnded") },
            ...choices("stage", STAGES),
          ]}
          value={filters.state}
          onChange={(state) => set({ state })}
        />
        <FilterChip
          label={t("common.kind")}
          choices={choices("ticketKind", ORDER_KINDS)}
          value={filters.kind}
          onChange={(kind) => set({ kind })}
        />
        <FilterChip
          label={t("tickets.priority")}
          choices={choices("priority", PRIORITIES)}
          value={filters.priority}
          onChange={(priority) => set({ priority })}
        />
        {filters.asset ? (
          <ToggleChip label={t("tickets.oneAsset")} on onChange={() => set({ asset: undefined })} />
        ) : null}
      </FilterBar>
      <Section flush>
        <OrderTable
          orders={orders}
          empty={
            <EmptyState
              icon={ClipboardList}
              title={t("orders.empty")}
              hint={t("orders.emptyHint")}
            />
          }
        />
      </Section>
      {making ? <NewOrderDialog onClose={() => setMaking(false)} /> : null}
    </Page>
  );
}
