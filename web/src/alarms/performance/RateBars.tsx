import { useTranslation } from "react-i18next";
import { shortTime } from "../../ui/format";
import classes from "./performance.module.css";
import type { Bar } from "./spans";

/** More than this in ten minutes is a flood (EEMUA 191, ISA-18.2). */
export const FLOOD = 10;

const HEIGHT = 100;

/** The worst ten minutes of each step, against what one operator can follow. */
export function RateBars({ bars }: { bars: Bar[] }) {
  const { t } = useTranslation();
  const top = Math.max(FLOOD * 1.25, ...bars.map(({ most }) => most));
  const high = (value: number) => (value / top) * HEIGHT;
  const first = bars[0];
  const last = bars.at(-1);
  return (
    <figure className={classes.rate}>
      <div className={classes.plot}>
        <svg
          viewBox={`0 0 ${bars.length} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={t("performance.rateOver")}
        >
          {bars.map((bar, index) => (
            <rect
              key={bar.at}
              x={index + 0.1}
              width={0.8}
              y={HEIGHT - high(bar.most)}
              height={high(bar.most)}
              data-flood={bar.most > FLOOD || undefined}
            >
              <title>
                {t("performance.bar", {
                  at: shortTime(new Date(bar.at)),
                  told: bar.told,
                  most: bar.most,
                })}
              </title>
            </rect>
          ))}
        </svg>
        <span className={classes.limit} style={{ bottom: `${high(FLOOD)}%` }}>
          {t("performance.floodLine", { count: FLOOD })}
        </span>
      </div>
      <figcaption>
        <span>{first ? shortTime(new Date(first.at)) : null}</span>
        <span>{last ? shortTime(new Date(last.at)) : null}</span>
      </figcaption>
    </figure>
  );
}
