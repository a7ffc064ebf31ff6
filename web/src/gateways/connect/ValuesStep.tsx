import { Group, Loader } from "@mantine/core";
import { CircleCheck, CircleX } from "lucide-react";
import { useTranslation } from "react-i18next";
import { DataTable } from "../../ui/DataTable";
import { LinkButton } from "../../ui/LinkButton";
import { AssetLink } from "../../ui/links";
import { Quantity } from "../../ui/Quantity";
import { Section } from "../../ui/Section";
import { StatusChip } from "../../ui/StatusChip";
import { TimeAgo } from "../../ui/TimeAgo";
import { rowsOf } from "../../ui/usePaged";
import { type Gateway, type GatewayTag, useTags } from "../api";
import { qualityOf } from "../quality";
import classes from "./connect.module.css";

const ASK_MS = 2_000;
const FAILED = new Set(["refused", "rolled_back"]);

/** The configuration on its way, taken, or refused; then the first values. */
export function ValuesStep({ gateway }: { gateway: Gateway }) {
  const { t } = useTranslation();
  const tags = useTags(gateway.id, {}, ASK_MS);
  const list = rowsOf(tags);
  const speaking = list.rows?.filter((tag) => tag.latest) ?? [];
  const { state, detail, wanted_version } = gateway.configuration;
  const isDone = speaking.length > 0;
  return (
    <>
      <Section title={t("connect.steps.values")} testId="values-step">
        <div className={classes.waiting} role="status" data-state={isDone ? "done" : state}>
          {FAILED.has(state) ? (
            <CircleX size={20} color="var(--fw-mark-high)" aria-hidden="true" />
          ) : isDone ? (
            <CircleCheck size={20} color="var(--fw-accent)" aria-hidden="true" />
          ) : (
            <Loader size={18} />
          )}
          <div>
            <p>
              <strong>
                {FAILED.has(state)
                  ? t("connect.refused", { version: wanted_version })
                  : isDone
                    ? t("connect.done", { count: speaking.length })
                    : state === "applied"
                      ? t("connect.waitingForValues")
                      : t("connect.waitingForConfiguration", { version: wanted_version })}
              </strong>
            </p>
            <p style={{ color: "var(--fw-muted)" }}>
              {detail || t(isDone ? "connect.doneHint" : "connect.mayLeave")}
            </p>
          </div>
        </div>
        <Group gap="xs">
          <LinkButton
            to="/gateways/$gatewayId"
            params={{ gatewayId: gateway.id }}
            search={{ tab: FAILED.has(state) ? "configuration" : "tags" }}
            variant={isDone ? "filled" : "default"}
            data-testid="open-gateway"
          >
            {t("connect.openGateway")}
          </LinkButton>
          <LinkButton to="/gateways/connect" variant="default">
            {t("connect.another")}
          </LinkButton>
        </Group>
      </Section>
      {list.rows?.length ? (
        <Section flush title={t("gateways.tags")}>
          <DataTable<GatewayTag>
            label={t("gateways.tags")}
            rowKey={(row) => row.tag}
            empty={null}
            columns={[
              {
                key: "series",
                header: t("gateways.series"),
                phone: "main",
                cell: (row) => row.series_name,
              },
              {
                key: "value",
                header: t("gateways.value"),
                align: "right",
                phone: "side",
                cell: (row) => (
                  <strong data-testid={`first-value-${row.series_name}`}>
                    <Quantity value={row.latest?.value} unit={row.unit} steady />
                  </strong>
                ),
              },
              {
                key: "quality",
                header: t("gateways.quality"),
                cell: (row) =>
                  row.latest ? (
                    <StatusChip of="quality" state={qualityOf(row.latest.quality)} />
                  ) : null,
              },
              {
                key: "at",
                header: t("gateways.measured"),
                cell: (row) => <TimeAgo at={row.latest?.ts} />,
              },
              {
                key: "machine",
                header: t("common.asset"),
                cell: (row) => (
                  <AssetLink id={row.asset_id} name={row.asset_name} serial={row.asset_serial} />
                ),
              },
            ]}
            {...list}
          />
        </Section>
      ) : null}
    </>
  );
}
