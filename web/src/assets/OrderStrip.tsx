import { Tooltip } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMay } from "../app/session";
import classes from "../charts/charts.module.css";
import type { Span } from "../charts/types";
import { useOrders } from "../orders/api";
import { useTicketTitle } from "../tickets/useTicketTitle";
import { placed } from "./strips";

/** The work orders of a machine below its charts, on the same time axis. */
export function OrderStrip({ assetId, span }: { assetId: string; span: Span }) {
  const { t } = useTranslation();
  const may = useMay();
  const navigate = useNavigate();
  const titleOf = useTicketTitle();
  const orders = useOrders({ assetId }, may("work_orders.read"));
  const items = (orders.data?.pages.flatMap((page) => page.items) ?? []).map((order) => ({
    id: order.id,
    from: new Date(order.created_at).getTime(),
    to: order.closed_at ? new Date(order.closed_at).getTime() : null,
    order,
  }));
  const shown = placed(items, span);
  if (shown.length === 0) return null;
  return (
    <section className={classes.strip} aria-label={t("orders.title")}>
      {shown.map(({ item: { order }, left, right }) => (
        <Tooltip key={order.id} label={`${order.number} · ${titleOf(order)}`}>
          <button
            type="button"
            className={classes.stripItem}
            style={{
              left: `min(${left}%, calc(100% - 112px))`,
              width: `max(${right - left}%, 112px)`,
            }}
            onClick={() =>
              void navigate({ to: "/work-orders/$orderId", params: { orderId: order.id } })
            }
          >
            {order.number}
          </button>
        </Tooltip>
      ))}
    </section>
  );
}
