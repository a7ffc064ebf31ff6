import { useTranslation } from "react-i18next";
import { EmptyState } from "../../ui/EmptyState";
import { Facts } from "../../ui/Facts";
import { count, perYear } from "../../ui/format";
import { QueryState } from "../../ui/QueryState";
import { Section } from "../../ui/Section";
import { TimeAgo } from "../../ui/TimeAgo";
import classes from "../alarms.module.css";
import { useCalibration } from "./api";
import { Expected } from "./Expected";

/** False alarms of judging a machine as a whole: asked, expected, and what that rests on. */
export function CalibrationOfAsset({ assetId }: { assetId: string }) {
  const { t } = useTranslation();
  const calibration = useCalibration(assetId);
  return (
    <Section title={t("calibration.title")} testId="calibration">
      <QueryState query={calibration} height={60} small>
        {({ calibration: found }) =>
          found ? (
            <>
              <Facts
                items={[
                  {
                    label: t("calibration.asked"),
                    value: t("calibration.atMost", { rate: perYear(found.asked) }),
                  },
                  { label: t("calibration.expected"), value: <Expected of={found} /> },
                  {
                    label: t("calibration.restsOn"),
                    value: t("calibration.blocks", { count: found.blocks }),
                  },
                  found.said > 0 && {
                    label: t("calibration.said"),
                    value: count(found.said),
                  },
                  { label: t("calibration.asOf"), value: <TimeAgo at={found.updated_at} /> },
                ]}
              />
              {found.rough ? <p className={classes.quiet}>{t("calibration.rough")}</p> : null}
            </>
          ) : (
            <EmptyState small title={t("calibration.none")} />
          )
        }
      </QueryState>
    </Section>
  );
}
