import { CircleHelp, ShieldCheck, ShieldX } from "lucide-react";
import { useTranslation } from "react-i18next";
import { calendarDate } from "../ui/format";
import { useEnum } from "../ui/useEnum";
import { useLocal } from "../ui/useLocal";
import classes from "./claims.module.css";

export interface Answer {
  verdict: string;
  until?: string | null;
  clause?: string | null;
  reason: unknown;
  trail?: unknown[];
}

const ICONS = { covered: ShieldCheck, not_covered: ShieldX, undecided: CircleHelp };

/** Whether something is covered, until when, by which clause and why; every clause looked at on request. */
export function CoverageAnswer({ answer }: { answer: Answer }) {
  const { t } = useTranslation();
  const word = useEnum();
  const local = useLocal();
  const Icon = ICONS[answer.verdict as keyof typeof ICONS] ?? CircleHelp;
  const steps = (answer.trail ?? []) as Record<string, unknown>[];
  // The line above says the date already.
  const repeated = answer.until && (answer.reason as { code?: unknown })?.code === "within_terms";
  return (
    <div className={classes.answer} data-verdict={answer.verdict} data-testid="coverage-answer">
      <Icon size={17} aria-hidden="true" />
      <div>
        <p>
          <span className={classes.verdict}>{word("verdict", answer.verdict)}</span>
          {answer.until ? ` · ${t("claims.until", { date: calendarDate(answer.until) })}` : null}
        </p>
        {repeated ? null : <p>{local(answer.reason)}</p>}
        {answer.clause ? <p className={classes.quiet}>{word("clause", answer.clause)}</p> : null}
        {steps.length > 1 ? (
          <details className={classes.trail}>
            <summary>{t("claims.trail", { count: steps.length })}</summary>
            <ol>
              {steps.map((step) => (
                <li key={`${String(step.policy_id)}-${String(step.clause)}`}>
                  {local(step.policy_name)} ({word("clause", String(step.clause))}):{" "}
                  {local(step.why)}
                </li>
              ))}
            </ol>
          </details>
        ) : null}
      </div>
    </div>
  );
}
