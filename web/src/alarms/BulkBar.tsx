import { Button, Menu } from "@mantine/core";
import { AlarmClockOff, BellOff, Check, ThumbsUp, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import classes from "./alarms.module.css";
import type { Many } from "./api";
import { VERDICTS } from "./isa";
import { VerdictItem } from "./Verdict";

interface Props {
  ids: string[];
  pending: boolean;
  canUnshelve: boolean;
  run: (body: Many) => void;
  onShelve: () => void;
  onClear: () => void;
}

/** What can be done with all chosen alarms at once; above the list, and above the tab bar on a phone. */
export function BulkBar({ ids, pending, canUnshelve, run, onShelve, onClear }: Props) {
  const { t } = useTranslation();
  if (ids.length === 0) return null;
  return (
    <div
      className={classes.bulk}
      role="toolbar"
      aria-label={t("common.actions")}
      data-testid="bulk"
    >
      <span className={classes.bulkCount}>{t("alarms.chosen", { count: ids.length })}</span>
      <Button
        size="xs"
        leftSection={<Check size={14} />}
        loading={pending}
        onClick={() => run({ action: "acknowledge", alarm_ids: ids })}
        data-testid="bulk-acknowledge"
      >
        {t("alarms.acknowledge")}
      </Button>
      <Button
        size="xs"
        variant="default"
        leftSection={<BellOff size={14} />}
        disabled={pending}
        onClick={onShelve}
        data-testid="bulk-shelve"
      >
        {t("alarms.shelveMany")}
      </Button>
      {canUnshelve ? (
        <Button
          size="xs"
          variant="default"
          leftSection={<AlarmClockOff size={14} />}
          disabled={pending}
          onClick={() => run({ action: "unshelve", alarm_ids: ids })}
          data-testid="bulk-unshelve"
        >
          {t("alarms.unshelve")}
        </Button>
      ) : null}
      <Menu position="bottom-start" shadow="md">
        <Menu.Target>
          <Button
            size="xs"
            variant="default"
            leftSection={<ThumbsUp size={14} />}
            disabled={pending}
            data-testid="bulk-judge"
          >
            {t("alarms.judge")}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {VERDICTS.map((verdict) => (
            <VerdictItem
              key={verdict}
              verdict={verdict}
              chosen={false}
              onChoose={() => run({ action: "judge", alarm_ids: ids, verdict })}
            />
          ))}
        </Menu.Dropdown>
      </Menu>
      <Button
        size="xs"
        variant="subtle"
        color="gray"
        leftSection={<X size={14} />}
        onClick={onClear}
      >
        {t("alarms.clearChoice")}
      </Button>
    </div>
  );
}
