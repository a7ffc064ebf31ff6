import { Button, Menu } from "@mantine/core";
import { BellOff, Check, CircleCheck, CircleSlash, type LucideIcon, ThumbsUp } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useMay } from "../app/session";
import { ActionProblem } from "../ui/ActionProblem";
import { useEnum } from "../ui/useEnum";
import classes from "./alarms.module.css";
import type { Alarm } from "./api";
import { VERDICTS, type Verdict } from "./isa";
import { useJudge } from "./useJudge";

const ICONS: Record<Verdict, LucideIcon> = {
  true: CircleCheck,
  false: CircleSlash,
  nuisance: BellOff,
};

/** What an alarm turned out to be, said in two taps; in a row of the console. */
export function VerdictMenu({ alarm }: { alarm: Alarm }) {
  const { t } = useTranslation();
  const word = useEnum();
  const may = useMay();
  const judge = useJudge(alarm);
  const { verdict } = alarm;
  const Icon = verdict ? ICONS[verdict] : ThumbsUp;
  const label = verdict ? word("alarmVerdict", verdict) : t("alarms.judge");
  if (!may("alarms.handle")) return verdict ? <span>{label}</span> : null;
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <Button
          size="compact-xs"
          variant={verdict ? "light" : "subtle"}
          color="gray"
          leftSection={<Icon size={13} aria-hidden="true" />}
          loading={judge.isPending}
          data-testid={`judge-${alarm.id}`}
          data-verdict={verdict ?? "none"}
        >
          {label}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("alarms.judgeTitle")}</Menu.Label>
        {VERDICTS.map((each) => (
          <VerdictItem
            key={each}
            verdict={each}
            chosen={verdict === each}
            onChoose={judge.mutate}
          />
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

interface ItemProps {
  verdict: Verdict;
  chosen: boolean;
  onChoose: (verdict: Verdict) => void;
}

export function VerdictItem({ verdict, chosen, onChoose }: ItemProps) {
  const word = useEnum();
  const Icon = ICONS[verdict];
  return (
    <Menu.Item
      leftSection={<Icon size={15} aria-hidden="true" />}
      rightSection={chosen ? <Check size={14} /> : null}
      onClick={() => onChoose(verdict)}
      data-testid={`verdict-${verdict}`}
    >
      {word("alarmVerdict", verdict)}
      <span className={classes.itemHint}>{word("alarmVerdictHint", verdict)}</span>
    </Menu.Item>
  );
}

/** The same on an alarm's own page, each answer one tap away. */
export function VerdictPanel({ alarm }: { alarm: Alarm }) {
  const { t } = useTranslation();
  const word = useEnum();
  const may = useMay();
  const judge = useJudge(alarm);
  if (!may("alarms.handle")) {
    return <p className={classes.quiet}>{word("alarmVerdict", alarm.verdict)}</p>;
  }
  return (
    <>
      <fieldset className={classes.verdicts} aria-label={t("alarms.judgeTitle")}>
        {VERDICTS.map((each) => {
          const Icon = ICONS[each];
          const chosen = alarm.verdict === each;
          return (
            <Button
              key={each}
              variant={chosen ? "filled" : "default"}
              aria-pressed={chosen}
              leftSection={<Icon size={16} aria-hidden="true" />}
              disabled={judge.isPending}
              onClick={() => judge.mutate(each)}
              data-testid={`verdict-${each}`}
            >
              {word("alarmVerdict", each)}
            </Button>
          );
        })}
      </fieldset>
      <p className={classes.quiet}>
        {alarm.verdict ? word("alarmVerdictHint", alarm.verdict) : t("alarms.judgeHint")}
      </p>
      <ActionProblem error={judge.error} onReload={judge.reset} />
    </>
  );
}
