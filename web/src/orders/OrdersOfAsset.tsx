import { useTranslation } from "react-i18next";
import { useMay } from "../app/session";
import { TicketList } from "../tickets/TicketList";
import { Section } from "../ui/Section";
import { useOrders } from "./api";

/** The orders on one machine, newest first, in little room. */
export function OrdersOfAsset({ assetId, title }: { assetId: string; title: string }) {
  const { t } = useTranslation();
  const may = useMay();
  const orders = useOrders({ assetId }, may("work_orders.read"));
  if (!may("work_orders.read")) return null;
  return (
    <Section title={title}>
      <TicketList
        tickets={orders}
        empty={t("orders.noneOnAsset")}
        all={{ to: "/work-orders", assetId }}
      />
    </Section>
  );
}
