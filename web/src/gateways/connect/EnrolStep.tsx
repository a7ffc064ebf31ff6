import { Button, Loader } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActionProblem } from "../../ui/ActionProblem";
import { Section } from "../../ui/Section";
import { TimeAgo } from "../../ui/TimeAgo";
import type { Gateway } from "../api";
import { type NewToken, useCreateToken, useTokens } from "../security/api";
import { TokenShown } from "../security/TokenShown";
import classes from "./connect.module.css";

/** The command that turns a machine into this gateway, and waiting until it did. */
export function EnrolStep({ gateway }: { gateway: Gateway }) {
  const { t } = useTranslation();
  const [made, setMade] = useState<NewToken | null>(null);
  const create = useCreateToken(gateway.id, setMade);
  const tokens = useTokens(gateway.id);
  const open = tokens.data?.items.find((token) => token.state === "open");
  return (
    <Section title={t("connect.steps.enrol")} testId="enrol-step">
      <ol style={{ margin: 0, paddingLeft: 20, display: "grid", gap: 4 }}>
        <li>{t("connect.enrolInstall")}</li>
        <li>{t("connect.enrolCommand")}</li>
        <li>{t("connect.enrolRun")}</li>
      </ol>
      {made ? (
        <TokenShown token={made} />
      ) : (
        <div>
          {open && !gateway.enrolled_at ? (
            <p style={{ margin: "0 0 8px", color: "var(--fw-muted)" }}>
              {t("connect.tokenOpen")} <TimeAgo at={open.created_at} />
            </p>
          ) : null}
          <Button
            onClick={() => create.mutate(null)}
            loading={create.isPending}
            data-testid="make-command"
          >
            {t(open || gateway.enrolled_at ? "connect.anotherCommand" : "connect.makeCommand")}
          </Button>
        </div>
      )}
      <ActionProblem error={create.error} />
      <div className={classes.waiting} role="status">
        <Loader size={18} />
        <div>
          <p>
            <strong>
              {t(gateway.enrolled_at ? "connect.waitingForStart" : "connect.waitingForEnrolment")}
            </strong>
          </p>
          <p style={{ color: "var(--fw-muted)" }}>{t("connect.mayLeave")}</p>
        </div>
      </div>
    </Section>
  );
}
