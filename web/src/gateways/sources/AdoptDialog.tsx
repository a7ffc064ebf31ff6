import { ActionIcon, Button, Select, TextInput } from "@mantine/core";
import { X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { sitesOf } from "../../api/sources";
import { FormDialog } from "../../ui/FormDialog";
import { RemoteSelect } from "../../ui/RemoteSelect";
import { useEnum } from "../../ui/useEnum";
import { useSite } from "../connect/api";
import classes from "../connect/connect.module.css";
import { KINDS } from "../connect/guess";
import { machinesOf } from "../connect/machines";
import { type Seen, useAdoptSource } from "./api";
import { mappingOf, type Row, rowOf, rowsOf } from "./patterns";

/** Whose a device is, and which of what it publishes is which series of which machine. */
export function AdoptDialog({ seen, onClose }: { seen: Seen | null; onClose: () => void }) {
  const { t } = useTranslation();
  const word = useEnum();
  const [kind, setKind] = useState<Seen["kind"]>(seen?.kind ?? "sparkplug");
  const [address, setAddress] = useState(seen?.address ?? "");
  const [name, setName] = useState(seen?.address.split("/").at(-1) ?? "");
  const [siteId, setSiteId] = useState<string | null>(null);
  const [rows, setRows] = useState<Row[]>(() => rowsOf(seen));
  const site = useSite(siteId);
  const adopt = useAdoptSource(onClose);
  const mapping = mappingOf(kind, rows);
  const change = (id: number, facts: Partial<Row>) =>
    setRows((before) => before.map((row) => (row.id === id ? { ...row, ...facts } : row)));
  return (
    <FormDialog
      opened
      wide
      onClose={onClose}
      title={seen ? t("sources.adoptTitle", { address: seen.address }) : t("sources.adoptOther")}
      submitLabel={t("sources.adopt")}
      onSubmit={() => {
        if (siteId)
          adopt.mutate({ address: address.trim(), name: name.trim(), site_id: siteId, mapping });
      }}
      pending={adopt.isPending}
      error={adopt.error}
      disabled={!siteId || !address.trim() || !name.trim() || mapping.patterns.length === 0}
      testId="adopt-form"
    >
      <p style={{ margin: 0, color: "var(--fw-muted)" }}>{t("sources.bestEffort")}</p>
      <div className={classes.pair}>
        {seen ? null : (
          <Select
            label={t("common.kind")}
            data={["sparkplug", "json"].map((value) => ({
              value,
              label: word("sourceKind", value),
            }))}
            value={kind}
            onChange={(value) => setKind(value === "json" ? "json" : "sparkplug")}
            allowDeselect={false}
          />
        )}
        <TextInput
          label={t("sources.address")}
          description={t(kind === "json" ? "sources.topicHint" : "sources.nodeHint")}
          value={address}
          onChange={(event) => setAddress(event.currentTarget.value)}
        />
        <TextInput
          label={t("common.name")}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          data-testid="adopt-name"
        />
        <RemoteSelect
          source={sitesOf(null)}
          label={t("common.site")}
          value={siteId}
          onChange={setSiteId}
          testId="adopt-site"
        />
      </div>
      <div className={classes.rows}>
        {rows.map((row, index) => (
          <fieldset key={row.id} className={classes.row}>
            <legend className={classes.srOnly}>
              {row.name || t("sources.row", { row: index + 1 })}
            </legend>
            <TextInput
              label={t(kind === "json" ? "sources.path" : "sources.metric")}
              value={row.name}
              onChange={(event) => change(row.id, { name: event.currentTarget.value })}
            />
            <TextInput
              label={t(kind === "json" ? "sources.topic" : "sources.device")}
              value={row.place}
              onChange={(event) => change(row.id, { place: event.currentTarget.value })}
            />
            <RemoteSelect
              source={machinesOf(site.data?.organisation_id ?? null, siteId)}
              label={t("common.asset")}
              disabled={!site.data}
              value={row.asset || null}
              onChange={(asset) => change(row.id, { asset: asset ?? "" })}
              testId={`adopt-asset-${index}`}
            />
            <TextInput
              label={t("gateways.series")}
              value={row.series}
              onChange={(event) => change(row.id, { series: event.currentTarget.value })}
            />
            <TextInput
              label={t("connect.unit")}
              value={row.unit}
              onChange={(event) => change(row.id, { unit: event.currentTarget.value })}
            />
            <Select
              label={t("common.kind")}
              data={KINDS.map((value) => ({ value, label: word("seriesKind", value) }))}
              value={row.kind}
              onChange={(value) => change(row.id, { kind: KINDS.find((each) => each === value) })}
              allowDeselect={false}
            />
            <ActionIcon
              aria-label={t("common.remove")}
              onClick={() => setRows((before) => before.filter((each) => each.id !== row.id))}
            >
              <X size={14} />
            </ActionIcon>
          </fieldset>
        ))}
      </div>
      <div>
        <Button
          size="compact-sm"
          variant="default"
          onClick={() =>
            setRows((before) => [...before, rowOf("", kind === "json" ? address : "")])
          }
        >
          {t("sources.addRow")}
        </Button>
      </div>
      <p style={{ margin: 0, color: "var(--fw-muted)" }}>
        {t("sources.rowsHint", { count: mapping.patterns.length })}
      </p>
    </FormDialog>
  );
}
