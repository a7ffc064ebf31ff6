import { useTranslation } from "react-i18next";
import { useMay } from "../app/session";
import { useCoverage } from "../claims/api";
import { CoverageAnswer } from "../claims/CoverageAnswer";
import { Facts } from "../ui/Facts";
import { today } from "../ui/format";
import { AssetLink } from "../ui/links";
import { QueryState } from "../ui/QueryState";
import { Section } from "../ui/Section";
import { AlarmMark } from "./AlarmMark";
import { useAsset } from "./api";

/** A machine in a few lines, beside a form that is about it. */
export function AssetSummary({ assetId }: { assetId: string }) {
  const { t } = useTranslation();
  const may = useMay();
  const asset = useAsset(assetId);
  const coverage = useCoverage(may("claims.read") ? { assetId, on: today() } : null);
  return (
    <Section title={t("common.asset")}>
      <QueryState query={asset} height={110} small>
        {(found) => (
          <Facts
            items={[
              {
                label: t("common.asset"),
                value: <AssetLink id={found.id} name={found.name} serial={found.serial_number} />,
              },
              { label: t("common.customer"), value: found.organisation_name },
              { label: t("common.site"), value: found.site_name },
              { label: t("alarms.alarm"), value: <AlarmMark assetId={found.id} /> },
            ]}
          />
        )}
      </QueryState>
      {may("claims.read") ? (
        <QueryState query={coverage} height={40} small>
          {(answer) => <CoverageAnswer answer={answer} />}
        </QueryState>
      ) : null}
    </Section>
  );
}
