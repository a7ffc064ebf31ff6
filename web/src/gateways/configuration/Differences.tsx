import { SegmentedControl } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Difference } from "./api";
import classes from "./configuration.module.css";
import { type Group, gathered, worded } from "./gathered";

interface Props {
  items: Difference[];
  /** What the two sides are called. */
  before: string;
  after: string;
}

/** What differs between two configurations, one under another or side by side. */
export function Differences({ items, before, after }: Props) {
  const { t } = useTranslation();
  const isNarrow = useMediaQuery("(max-width: 47.99em)");
  const [aside, setAside] = useState(false);
  const beside = aside && !isNarrow;
  if (items.length === 0) return <p className={classes.none}>{t("configuration.same")}</p>;
  return (
    <div>
      <div className={classes.bar}>
        <span className={classes.count}>
          {t("configuration.differences", { count: items.length, before, after })}
        </span>
        {isNarrow ? null : (
          <SegmentedControl
            size="xs"
            aria-label={t("configuration.view")}
            value={aside ? "aside" : "inline"}
            onChange={(value) => setAside(value === "aside")}
            data={[
              { value: "inline", label: t("configuration.inline") },
              { value: "aside", label: t("configuration.aside") },
            ]}
          />
        )}
      </div>
      {gathered(items).map((group) => (
        <section key={group.place} className={classes.group} data-way={group.way}>
          <h3 className={classes.place}>
            {group.place || t("configuration.top")}
            <span className={classes.way}>{t(`configuration.ways.${group.way}`)}</span>
          </h3>
          {beside ? (
            <table className={classes.table}>
              <thead>
                <tr>
                  <th scope="col">{t("configuration.value")}</th>
                  <th scope="col">{before}</th>
                  <th scope="col">{after}</th>
                </tr>
              </thead>
              <tbody>
                {group.values.map((each) => (
                  <tr key={each.name}>
                    <th scope="row">{each.name}</th>
                    <td data-side={each.before === null ? undefined : "before"}>
                      {worded(each.before)}
                    </td>
                    <td data-side={each.after === null ? undefined : "after"}>
                      {worded(each.after)}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          ) : group.way !== "changed" ? (
            <Whole group={group} label={group.way === "added" ? after : before} />
          ) : (
            <ul className={classes.lines}>
              {group.values.map((each) => (
                <li key={each.name}>
                  {each.before !== null ? (
                    <div data-side="before">
                      <span aria-hidden="true">−</span>
                      <span className={classes.srOnly}>{before}: </span>
                      {each.name} = {worded(each.before)}
                    </div>
                  ) : null}
                  {each.after !== null ? (
                    <div data-side="after">
                      <span aria-hidden="true">+</span>
                      <span className={classes.srOnly}>{after}: </span>
                      {each.name} = {worded(each.after)}
                    </div>
                  ) : null}
                </li>
              ))}
            </ul>
          )}
        </section>
      ))}
    </div>
  );
}

/** A thing that came or went, on one line. */
function Whole({ group, label }: { group: Group; label: string }) {
  const isAdded = group.way === "added";
  return (
    <ul className={classes.lines}>
      <li>
        <div data-side={isAdded ? "after" : "before"}>
          <span aria-hidden="true">{isAdded ? "+" : "−"}</span>
          <span className={classes.srOnly}>{label}: </span>
          <span>
            {group.values
              .map((each) => `${each.name} = ${worded(isAdded ? each.after : each.before)}`)
              .join(", ")}
          </span>
        </div>
      </li>
    </ul>
  );
}
