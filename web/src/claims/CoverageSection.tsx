import { SimpleGrid, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { today } from "../ui/format";
import { QueryState } from "../ui/QueryState";
import { Section } from "../ui/Section";
import { useCoverage } from "./api";
import { CoverageAnswer } from "./CoverageAnswer";

/** Is this machine covered, on any day one asks about? */
export function CoverageSection({ assetId }: { assetId: string }) {
  const { t } = useTranslation();
  const [on, setOn] = useState(today());
  const coverage = useCoverage(on ? { assetId, on } : null);
  return (
    <Section title={t("claims.coverage")} testId="coverage">
      <SimpleGrid cols={1} spacing="xs">
        <TextInput
          type="date"
          size="xs"
          label={t("claims.coverageOn")}
          value={on}
          onChange={(event) => setOn(event.currentTarget.value)}
        />
        {on ? (
          <QueryState query={coverage} height={56} small>
            {(answer) => <CoverageAnswer answer={answer} />}
          </QueryState>
        ) : null}
      </SimpleGrid>
    </Section>
  );
}
