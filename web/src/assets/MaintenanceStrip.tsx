import { Tooltip } from "@mantine/core";
import { Wrench } from "lucide-react";
import { useTranslation } from "react-i18next";
import classes from "../charts/charts.module.css";
import type { Span } from "../charts/types";
import { shortTime } from "../ui/format";
import { useEnum } from "../ui/useEnum";
import { placed } from "./strips";
import type { Maintained } from "./useMaintenance";

/** Maintenance windows below the charts, on the same time axis; what they hid is marked, and nobody was told. */
export function MaintenanceStrip({ spans, span }: { spans: Maintained[]; span: Span }) {
  const { t } = useTranslation();
  const word = useEnum();
  const shown = placed(spans, span);
  if (shown.length === 0) return null;
  return (
    <section
      className={classes.strip}
      aria-label={t("charts.maintenance")}
      data-testid="maintenance"
    >
      {shown.map(({ item: { row, from, to }, left, right }) => (
        <Tooltip
          key={row.id}
          label={`${word("suppressionKind", row.kind)} · ${shortTime(new Date(from))} – ${
            to === null ? "" : shortTime(new Date(to))
          } · ${row.reason}`}
        >
          <span
            className={classes.stripItem}
            data-kind={row.kind}
            style={{
              left: `min(${left}%, calc(100% - 24px))`,
              width: `max(${right - left}%, 24px)`,
            }}
          >
            <Wrench size={11} aria-hidden="true" /> {word("suppressionKind", row.kind)}
          </span>
        </Tooltip>
      ))}
    </section>
  );
}
