import { Skeleton } from "@mantine/core";
import { useTicket } from "../tickets/api";
import { OrderLink } from "../ui/links";
import { ShortId } from "../ui/ShortId";

/** An order of which only the id is known, by the number people call it. */
export function OrderById({ id }: { id: string }) {
  const order = useTicket("work_order", id);
  if (order.data) return <OrderLink id={id} number={order.data.number} />;
  return order.isError ? <ShortId id={id} /> : <Skeleton height={14} width={110} />;
}
