import { useTranslation } from "react-i18next";
import { count } from "../../ui/format";
import type { Gateway } from "../api";
import classes from "../gateways.module.css";
import { accountOf } from "./account";

const COLOURS = {
  stored: "var(--fw-line-1)",
  quarantined: "var(--fw-mark-medium)",
  buffered: "var(--fw-line-strong)",
  dropped: "var(--fw-mark-high)",
} as const;

/** Taken = stored + in quarantine + still on the way + given up: each reading is in one of them. */
export function ReadingsAccount({ gateway }: { gateway: Gateway }) {
  const { t } = useTranslation();
  const { taken, parts } = accountOf(gateway);
  return (
    <>
      <div>
        <strong style={{ fontSize: "1.25rem" }}>{count(taken)}</strong>{" "}
        <span className={classes.quiet}>{t("gateways.takenHint")}</span>
      </div>
      <div className={classes.bar} aria-hidden="true">
        {parts.map(({ name, readings }) =>
          readings > 0 ? (
            <span key={name} style={{ flexGrow: readings, background: COLOURS[name] }} />
          ) : null,
        )}
      </div>
      <dl className={classes.legend}>
        {parts.map(({ name, readings }) => (
          <div key={name} data-part={name}>
            <dt>
              <span className={classes.swatch} style={{ background: COLOURS[name] }} />
              {t(`gateways.parts.${name}`)}
            </dt>
            <dd>{count(readings)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
