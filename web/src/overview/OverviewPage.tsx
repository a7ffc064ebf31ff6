import { useTranslation } from "react-i18next";
import { AlarmTable } from "../alarms/AlarmTable";
import { useAlarms } from "../alarms/api";
import { useMay, useMe } from "../app/session";
import { useClaims } from "../claims/api";
import { ClaimTable } from "../claims/ClaimTable";
import { useComplaints } from "../complaints/api";
import { ComplaintTable } from "../complaints/ComplaintTable";
import { useOrders } from "../orders/api";
import { OrderTable } from "../orders/OrderTable";
import { EmptyState } from "../ui/EmptyState";
import { Page } from "../ui/Page";
import { Section } from "../ui/Section";
import classes from "./overview.module.css";
import { Tile } from "./Tile";

/** What wants attention now, by what one may see; calm where there is nothing. */
export function OverviewPage() {
  const { t } = useTranslation();
  const me = useMe();
  const may = useMay();
  const works = may("work_orders.handle") && !may("work_orders.assign");
  const alarms = useAlarms({ active: true, suppressed: false }, may("alarms.read"));
  const orders = useOrders({ open: true }, may("work_orders.read"));
  const mine = useOrders({ open: true, assignee: "me" }, may("work_orders.handle"));
  const unassigned = useOrders({ open: true, assignee: "none" }, may("work_orders.assign"));
  const complaints = useComplaints({ open: true }, may("complaints.read"));
  const waiting = useClaims({ state: "submitted" }, may("claims.decide"));

  return (
    <Page title={t("overview.greeting", { name: me.name })} tabTitle={t("overview.title")}>
      <div className={classes.tiles}>
        {may("alarms.read") ? (
          <Tile
            label={t("overview.activeAlarms")}
            list={alarms}
            link={{ to: "/alarms" }}
            loud
            testId="tile-alarms"
          />
        ) : null}
        {works ? (
          <Tile
            label={t("overview.myOrders")}
            list={mine}
            link={{ to: "/work-orders", search: { assignee: "me" } }}
          />
        ) : null}
        {may("work_orders.read") ? (
          <Tile
            label={t("overview.openOrders")}
            list={orders}
            link={{ to: "/work-orders" }}
            testId="tile-orders"
          />
        ) : null}
        {may("work_orders.assign") ? (
          <Tile
            label={t("overview.unassigned")}
            list={unassigned}
            link={{ to: "/work-orders", search: { assignee: "none" } }}
          />
        ) : null}
        {may("complaints.read") ? (
          <Tile
            label={t("overview.openComplaints")}
            list={complaints}
            link={{ to: "/complaints" }}
            testId="tile-complaints"
          />
        ) : null}
        {may("claims.decide") ? (
          <Tile
            label={t("overview.waitingClaims")}
            list={waiting}
            link={{ to: "/claims", search: { state: "submitted" } }}
          />
        ) : null}
      </div>
      {may("alarms.read") ? (
        <Section title={t("overview.activeAlarms")} flush>
          <AlarmTable
            alarms={alarms}
            limit={6}
            expect={3}
            empty={<EmptyState small title={t("overview.calm")} hint={t("overview.calmHint")} />}
          />
        </Section>
      ) : null}
      {may("work_orders.read") ? (
        <Section title={works ? t("overview.myOrders") : t("overview.openOrders")} flush>
          <OrderTable
            orders={works ? mine : orders}
            limit={8}
            expect={4}
            empty={
              <EmptyState small title={works ? t("overview.noMine") : t("overview.noOrders")} />
            }
          />
        </Section>
      ) : null}
      {may("complaints.read") ? (
        <Section title={t("overview.openComplaints")} flush>
          <ComplaintTable
            complaints={complaints}
            limit={6}
            expect={3}
            empty={<EmptyState small title={t("overview.noComplaints")} />}
          />
        </Section>
      ) : null}
      {may("claims.decide") ? (
        <Section title={t("overview.waitingClaims")} flush>
          <ClaimTable
            claims={waiting}
            limit={6}
            expect={2}
            empty={<EmptyState small title={t("claims.empty")} />}
          />
        </Section>
      ) : null}
    </Page>
  );
}
