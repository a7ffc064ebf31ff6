import { Button, Group, Select, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { idempotencyKey } from "../../api/client";
import { ASSETS, MODELS } from "../../api/sources";
import { EQUIPMENT_CLASSES } from "../../assets/classes";
import { FormDialog } from "../../ui/FormDialog";
import { RemoteSelect } from "../../ui/RemoteSelect";
import { useEnum } from "../../ui/useEnum";
import { useRemoteOption } from "../../ui/useRemoteOptions";
import { type Offered, RIVER } from "../draft";
import { RiverFields } from "../RiverFields";
import { useRequest } from "./api";
import {
  type Backtest,
  bodyOf,
  type Draft,
  emptyDraft,
  isComplete,
  lastDays,
  SHIPPED,
  SPAN_DAYS,
  type SpanName,
  spanOf,
  TARGETS,
  type Target,
} from "./draft";

interface Props {
  offered: Offered;
  /** Begins with this machine. */
  asset?: string;
  onClose: () => void;
  onMade: (made: Backtest) => void;
}

/** Asks which machines, which span and which detector; nothing that runs is changed by it. */
export function NewBacktestDialog({ offered, asset, onClose, onMade }: Props) {
  const { t } = useTranslation();
  const word = useEnum();
  const [now] = useState(() => new Date());
  const [draft, setDraft] = useState<Draft>(() => emptyDraft(now, asset));
  const [key, setKey] = useState(idempotencyKey);
  const request = useRequest(key, onMade);
  const set = (change: Partial<Draft>) => {
    setDraft((before) => ({ ...before, ...change }));
    // Another draft is another request.
    setKey(idempotencyKey());
  };
  const body = bodyOf(draft, now);
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t("backtests.new")}
      submitLabel={t("backtests.begin")}
      pending={request.isPending}
      error={request.error}
      disabled={!isComplete(draft, now)}
      onSubmit={() => body && request.mutate(body)}
      testId="form-backtest"
    >
      <Select
        label={t("backtests.of")}
        data={TARGETS.map((value) => ({ value, label: word("backtestTarget", value) }))}
        value={draft.appliesTo}
        allowDeselect={false}
        onChange={(value) => value && set({ appliesTo: value as Target, target: null })}
        data-testid="field-backtest-of"
      />
      <Machines draft={draft} set={set} />
      <Group grow align="flex-start" gap="sm">
        <TextInput
          type="date"
          label={t("backtests.from")}
          value={draft.from}
          onChange={(event) => set({ from: event.currentTarget.value })}
          data-testid="field-from"
        />
        <TextInput
          type="date"
          label={t("backtests.to")}
          value={draft.to}
          error={spanOf(draft, now) === null ? t("backtests.noSpan") : undefined}
          onChange={(event) => set({ to: event.currentTarget.value })}
          data-testid="field-to"
        />
      </Group>
      <Group gap="xs">
        {(Object.keys(SPAN_DAYS) as SpanName[]).map((name) => (
          <Button
            key={name}
            size="compact-xs"
            variant="default"
            onClick={() => set(lastDays(name, now))}
          >
            {t(`backtests.last.${name}`)}
          </Button>
        ))}
      </Group>
      <Select
        label={t("alarms.detector")}
        description={t("backtests.detectorHint")}
        data={[
          { value: SHIPPED, label: t("backtests.shipped") },
          ...offered.detectors.map((name) => ({ value: name, label: name })),
        ]}
        value={draft.detector}
        allowDeselect={false}
        onChange={(detector) => detector !== null && set({ detector })}
        data-testid="field-detector"
      />
      {draft.detector === RIVER ? <RiverFields draft={draft} offered={offered} set={set} /> : null}
    </FormDialog>
  );
}

function Machines({ draft, set }: { draft: Draft; set: (change: Partial<Draft>) => void }) {
  const { t } = useTranslation();
  const word = useEnum();
  switch (draft.appliesTo) {
    case "assets":
      return (
        <>
          <RemoteSelect
            label={draft.assets.length > 0 ? t("backtests.another") : t("common.asset")}
            source={ASSETS}
            value={null}
            onChange={(id) =>
              id && !draft.assets.includes(id) && set({ assets: [...draft.assets, id] })
            }
            testId="field-asset"
          />
          {draft.assets.length > 0 ? (
            <NamedMachines ids={draft.assets} onChange={(assets) => set({ assets })} />
          ) : null}
        </>
      );
    case "equipment_class":
      return (
        <Select
          label={t("assets.class")}
          data={EQUIPMENT_CLASSES.map((value) => ({ value, label: word("equipmentClass", value) }))}
          value={draft.target}
          onChange={(target) => set({ target })}
          data-testid="field-class"
        />
      );
    case "product_model":
      return (
        <RemoteSelect
          label={t("assets.model")}
          source={MODELS}
          value={draft.target}
          onChange={(target) => set({ target })}
        />
      );
  }
}

/** The machines that were named, each to be taken off again. */
function NamedMachines({ ids, onChange }: { ids: string[]; onChange: (ids: string[]) => void }) {
  const { t } = useTranslation();
  return (
    <Group gap={6} role="group" aria-label={t("backtests.machines")}>
      {ids.map((id) => (
        <Named key={id} id={id} onRemove={() => onChange(ids.filter((each) => each !== id))} />
      ))}
    </Group>
  );
}

function Named({ id, onRemove }: { id: string; onRemove: () => void }) {
  const { t } = useTranslation();
  const label = useRemoteOption(ASSETS, id)?.label ?? id;
  return (
    <Button
      size="compact-xs"
      variant="default"
      rightSection="×"
      aria-label={t("backtests.without", { name: label })}
      onClick={onRemove}
    >
      {label}
    </Button>
  );
}
