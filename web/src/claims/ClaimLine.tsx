import { useTranslation } from "react-i18next";
import { Facts } from "../ui/Facts";
import { duration } from "../ui/format";
import { StatusChip } from "../ui/StatusChip";
import { useEnum } from "../ui/useEnum";
import { useLocal } from "../ui/useLocal";
import type { Claim } from "./api";
import { CoverageAnswer } from "./CoverageAnswer";
import classes from "./claims.module.css";
import { RefusalBox } from "./RefusalBox";

type Line = Claim["lines"][number];

/** One line of a claim: the part, whether it is covered and why, what stands against it. */
export function ClaimLine({ line, decided }: { line: Line; decided: unknown }) {
  const { t } = useTranslation();
  const word = useEnum();
  const local = useLocal();
  // The refusal that decided the claim stands above it already.
  const repeated = JSON.stringify(line.refusal) === JSON.stringify(decided);
  return (
    <div className={classes.line}>
      <div className={classes.lineHead}>
        <span className={classes.lineName}>{line.part_number}</span>
        <span>{line.position}</span>
        <StatusChip of="claimState" state={line.state} />
      </div>
      <Facts
        items={[
          { label: t("tickets.failedSerial"), value: line.failed_serial },
          { label: t("tickets.replacementSerial"), value: line.replacement_serial },
          { label: t("common.quantity"), value: line.quantity },
          {
            label: t("tickets.labour"),
            value: line.labour_minutes ? duration(line.labour_minutes * 60) : null,
          },
        ]}
      />
      {line.coverage ? <CoverageAnswer answer={line.coverage} /> : null}
      {repeated ? null : <RefusalBox refusal={line.refusal} small />}
      {line.findings
        .filter((finding) => finding.effect === "ask")
        .map((finding) => (
          <p key={finding.rule} className={classes.quiet}>
            {word("check", finding.check)}: {local(finding.why)}
          </p>
        ))}
    </div>
  );
}
