import { Button, Select, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { sitesOf } from "../../api/sources";
import { FormDialog } from "../../ui/FormDialog";
import { RemoteSelect } from "../../ui/RemoteSelect";
import { useEnum } from "../../ui/useEnum";
import { useSite } from "../connect/api";
import classes from "../connect/connect.module.css";
import { machinesOf } from "../connect/machines";
import { type Seen, useAdoptSource } from "./api";
import { PatternRow } from "./PatternRow";
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
          <PatternRow
            key={row.id}
            row={row}
            number={index + 1}
            kind={kind}
            machines={machinesOf(site.data?.organisation_id ?? null, siteId)}
            disabled={!site.data}
            onChange={(facts) => change(row.id, facts)}
            onRemove={() => setRows((before) => before.filter((each) => each.id !== row.id))}
          />
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
