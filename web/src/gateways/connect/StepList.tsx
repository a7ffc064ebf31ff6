import { useQuery } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ORGANISATIONS } from "../../api/sources";
import classes from "./connect.module.css";
import { STEPS, type Step } from "./steps";

interface Props {
  step: Step;
  /** The last step is done, too. */
  done: boolean;
  notes: Partial<Record<Step, string>>;
  organisationId: string | null;
}

/** The way from beginning to end, and where one is. */
export function StepList({ step, done, notes, organisationId }: Props) {
  const { t } = useTranslation();
  const customer = useQuery({
    queryKey: ["organisations", "option", organisationId],
    queryFn: ({ signal }) => ORGANISATIONS.read(organisationId ?? "", signal),
    enabled: organisationId !== null && !notes.customer,
    staleTime: 60_000,
  });
  const now = STEPS.indexOf(step);
  return (
    <ol className={classes.steps} aria-label={t("connect.title")} data-testid="steps">
      {STEPS.map((each, index) => {
        const state = index < now || done ? "done" : index === now ? "now" : "later";
        const note = each === "customer" ? (notes.customer ?? customer.data?.label) : notes[each];
        return (
          <li
            key={each}
            className={classes.step}
            data-state={state}
            aria-current={state === "now" ? "step" : undefined}
          >
            <span className={classes.ball} aria-hidden="true">
              {state === "done" ? <Check size={13} strokeWidth={2.6} /> : index + 1}
            </span>
            <span className={classes.stepText}>
              {t(`connect.steps.${each}`)}
              {note && state === "done" ? <span className={classes.stepNote}>{note}</span> : null}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
