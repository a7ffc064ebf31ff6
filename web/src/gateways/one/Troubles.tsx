import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { TechnicalDetail } from "../../ui/TechnicalDetail";
import { useEnum } from "../../ui/useEnum";
import classes from "../gateways.module.css";
import type { Trouble } from "../state";
import { useTroubleWords } from "../useTroubleWords";

const MILD = new Set(["drift", "bad_nodes", "certificate", "buffer_filling"]);

/** What is wrong with a gateway, each with what to do about it. */
export function Troubles({ troubles }: { troubles: Trouble[] }) {
  const { t } = useTranslation();
  const words = useTroubleWords();
  const word = useEnum();
  if (troubles.length === 0) return null;
  return (
    <ul className={classes.troubles} aria-label={t("gateways.troublesTitle")}>
      {troubles.map((trouble) => {
        const { happened, todo } = words(trouble);
        return (
          <li
            key={`${trouble.code} ${trouble.name}`}
            className={classes.trouble}
            data-tone={MILD.has(trouble.code) ? "medium" : undefined}
            data-code={trouble.code}
          >
            <TriangleAlert size={17} aria-hidden="true" />
            <div>
              <p className={classes.happened}>{happened}</p>
              {trouble.cause ? <p>{word("sourceCode", trouble.cause)}</p> : null}
              <p className={classes.detail}>{todo}</p>
              <TechnicalDetail text={trouble.detail} />
            </div>
          </li>
        );
      })}
    </ul>
  );
}
