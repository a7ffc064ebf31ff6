import { useTranslation } from "react-i18next";
import type { TicketDetail } from "../tickets/api";
import { Facts } from "../ui/Facts";
import { AssetLink } from "../ui/links";
import { ShortId } from "../ui/ShortId";
import { TimeAgo } from "../ui/TimeAgo";
import { useEnum } from "../ui/useEnum";

/** Where, who, when. */
export function OrderFacts({ detail }: { detail: TicketDetail }) {
  const { t } = useTranslation();
  const word = useEnum();
  const dispatch = detail.dispatch as { code?: string } | null | undefined;
  return (
    <Facts
      items={[
        {
          label: t("common.asset"),
          value: detail.asset_id ? (
            <AssetLink
              id={detail.asset_id}
              name={detail.asset_name ?? ""}
              serial={detail.asset_serial}
            />
          ) : null,
        },
        { label: t("common.customer"), value: detail.organisation_name },
        {
          label: t("tickets.assignee"),
          value: (
            <>
              {detail.assignee_name ?? t("tickets.nobodyYet")}
              {dispatch?.code ? (
                <div style={{ color: "var(--fw-muted)" }}>{word("dispatch", dispatch.code)}</div>
              ) : null}
            </>
          ),
        },
        { label: t("tickets.failureMode"), value: word("failureMode", detail.failure_mode) },
        detail.closed_at
          ? { label: t("tickets.ended"), value: <TimeAgo at={detail.closed_at} exact /> }
          : { label: t("tickets.due"), value: <TimeAgo at={detail.due_at} exact /> },
        { label: t("common.created"), value: <TimeAgo at={detail.created_at} exact /> },
        { label: t("tickets.stageSince"), value: <TimeAgo at={detail.stage_since} /> },
        detail.hold_reason && {
          label: t("tickets.waitingFor"),
          value: word("holdReason", detail.hold_reason),
        },
        { label: t("tickets.id"), value: <ShortId id={detail.id} /> },
      ]}
    />
  );
}
