import "uplot/dist/uPlot.min.css";
import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import classes from "./charts.module.css";
import { Plot } from "./plot";
import type { Band, Gap, Line, Mark, Span } from "./types";

interface Props {
  label: string;
  line: Line;
  span: Span;
  band?: Band | null;
  marks?: Mark[];
  gaps?: Gap[];
  height?: number;
  /** Charts with the same key share their cursor. */
  syncKey?: string;
  onZoom?: (span: Span) => void;
  onCursor?: (at: number | null, value: number | null) => void;
}

/** One series over time. Loaded lazily: uPlot comes with it. */
const NONE: never[] = [];

export default function SeriesPlot(props: Props) {
  const { label, line, span, band = null, height = 150, syncKey = "charts" } = props;
  const { marks = NONE, gaps = NONE } = props;
  const { i18n } = useTranslation();
  const scheme = useComputedColorScheme("light");
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | null>(null);
  const latest = useRef(props);
  latest.current = props;

  // Colours and words are read when the chart is made, so another scheme or language makes it anew.
  // biome-ignore lint/correctness/useExhaustiveDependencies: data goes in through update below
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const made = new Plot(
      element,
      { line, span, band, marks, gaps },
      {
        onZoom: (chosen) => latest.current.onZoom?.(chosen),
        onCursor: (at, value) => latest.current.onCursor?.(at, value),
      },
      height,
      syncKey,
    );
    plot.current = made;
    const watch = new ResizeObserver(() => made.resize(element.clientWidth, height));
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [scheme, i18n.language, height, syncKey]);

  useEffect(
    () => plot.current?.update({ line, span, band, marks, gaps }),
    [line, span, band, marks, gaps],
  );

  return (
    <div ref={place} className={classes.plot} style={{ height }} role="img" aria-label={label} />
  );
}
