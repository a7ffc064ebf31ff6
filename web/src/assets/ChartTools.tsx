import { ActionIcon, Button, SegmentedControl, Tooltip } from "@mantine/core";
import { ChevronLeft, ChevronRight, Undo2, ZoomIn, ZoomOut } from "lucide-react";
import { useTranslation } from "react-i18next";
import classes from "../charts/charts.module.css";
import { moved, scaled } from "../charts/zoom";
import { ExportMenu } from "./ExportMenu";
import { SPANS, type SpanName } from "./spans";
import type { ChartSpan } from "./useChartSpan";

/** Which stretch of time is shown: by name, and nearer, wider, earlier, later; and as a file. */
export function ChartTools({ shown, seriesIds }: { shown: ChartSpan; seriesIds: number[] }) {
  const { t } = useTranslation();
  const { span, latest, look } = shown;
  const steps = [
    { key: "earlier", icon: ChevronLeft, to: moved(span, -0.5, latest) },
    { key: "zoomOut", icon: ZoomOut, to: scaled(span, 2, latest) },
    { key: "zoomIn", icon: ZoomIn, to: scaled(span, 0.5, latest) },
    { key: "later", icon: ChevronRight, to: moved(span, 0.5, latest) },
  ] as const;
  return (
    <div className={classes.tools}>
      <div className={classes.steps}>
        {shown.zoomed ? (
          <Button
            size="compact-xs"
            variant="default"
            leftSection={<Undo2 size={13} />}
            onClick={() => look(null)}
            data-testid="zoom-reset"
          >
            {t("charts.zoomReset")}
          </Button>
        ) : null}
        {steps.map(({ key, icon: Icon, to }) => (
          <Tooltip key={key} label={t(`charts.${key}`)}>
            <ActionIcon
              size="md"
              aria-label={t(`charts.${key}`)}
              onClick={() => look(to)}
              disabled={key === "later" && span.to >= latest}
              data-testid={`chart-${key}`}
            >
              <Icon size={16} />
            </ActionIcon>
          </Tooltip>
        ))}
        <ExportMenu seriesIds={seriesIds} span={span} />
      </div>
      <SegmentedControl
        size="xs"
        className={classes.spans}
        aria-label={t("charts.span")}
        value={shown.zoomed ? "" : shown.name}
        onChange={shown.choose}
        data={Object.keys(SPANS).map((value) => ({
          value,
          label: t(`charts.spans.${value as SpanName}`),
        }))}
      />
    </div>
  );
}
