import { ActionIcon, Button, Checkbox, Loader, NativeSelect, TextInput } from "@mantine/core";
import { X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FormDialog } from "../../ui/FormDialog";
import { useEnum } from "../../ui/useEnum";
import { useSeries } from "../api";
import { type ModeTag, useModeTag, useSetModeTag } from "./api";
import classes from "./modes.module.css";

const MODES = ["stopped", "running", "idling", "loaded"] as const;
type Mode = (typeof MODES)[number];

/** Names the series that says a machine's mode, and what its values mean. */
export function ModeTagDialog({ assetId, onClose }: { assetId: string; onClose: () => void }) {
  const tag = useModeTag(assetId);
  if (!tag.data) return <Loader size="sm" />;
  return <Fields assetId={assetId} tag={tag.data} onClose={onClose} />;
}

function Fields({ assetId, tag, onClose }: { assetId: string; tag: ModeTag; onClose: () => void }) {
  const { t } = useTranslation();
  const word = useEnum();
  const series = useSeries(assetId);
  const [name, setName] = useState(tag.series_name);
  const [ofModel, setOfModel] = useState(tag.applies_to === "product_model");
  const [rows, setRows] = useState<{ value: string; mode: Mode; key: number }[]>(() => {
    const known = Object.entries(tag.modes);
    const shown: [string, Mode][] = known.length > 0 ? known : [["0", "stopped"]];
    return shown.map(([value, mode], key) => ({ value, mode, key }));
  });
  const save = useSetModeTag(assetId, tag, onClose);
  const change = (key: number, part: { value?: string; mode?: Mode }) =>
    setRows(rows.map((row) => (row.key === key ? { ...row, ...part } : row)));
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t("modes.tagTitle")}
      submitLabel={t("modes.save")}
      pending={save.isPending}
      error={save.error}
      disabled={name !== "" && rows.some((row) => !row.value.trim())}
      onSubmit={() =>
        save.mutate({
          series_name: name,
          modes: name ? Object.fromEntries(rows.map((row) => [row.value.trim(), row.mode])) : {},
          applies_to: ofModel ? "product_model" : "asset",
        })
      }
      testId="form-mode-tag"
    >
      <NativeSelect
        label={t("modes.series")}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        data={[
          { value: "", label: t("modes.noTag") },
          ...(series.data ?? []).map((one) => ({ value: one.name, label: one.name })),
        ]}
      />
      {name === ""
        ? null
        : rows.map((row) => (
            <div className={classes.row} key={row.key}>
              <TextInput
                label={t("modes.value")}
                value={row.value}
                maxLength={100}
                onChange={(event) => change(row.key, { value: event.currentTarget.value })}
              />
              <NativeSelect
                label={t("modes.mode")}
                value={row.mode}
                onChange={(event) => change(row.key, { mode: event.currentTarget.value as Mode })}
                data={MODES.map((mode) => ({ value: mode, label: word("machineMode", mode) }))}
              />
              <ActionIcon
                variant="subtle"
                color="gray"
                size="lg"
                aria-label={t("modes.remove")}
                disabled={rows.length === 1}
                onClick={() => setRows(rows.filter((one) => one.key !== row.key))}
              >
                <X size={14} />
              </ActionIcon>
            </div>
          ))}
      {name === "" ? null : (
        <Button
          size="compact-sm"
          variant="default"
          onClick={() =>
            setRows([
              ...rows,
              { value: "", mode: "loaded", key: Math.max(...rows.map((r) => r.key)) + 1 },
            ])
          }
        >
          {t("modes.add")}
        </Button>
      )}
      <Checkbox
        label={t("modes.ofModel")}
        checked={ofModel}
        onChange={(event) => setOfModel(event.currentTarget.checked)}
      />
    </FormDialog>
  );
}
