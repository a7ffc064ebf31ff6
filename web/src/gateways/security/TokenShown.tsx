import { Button, CopyButton } from "@mantine/core";
import { Check, Copy } from "lucide-react";
import { useTranslation } from "react-i18next";
import { TimeAgo } from "../../ui/TimeAgo";
import classes from "../gateways.module.css";
import type { NewToken } from "./api";

/** What to type at the gateway, and the token it asks for, which is shown only now. */
export function TokenShown({ token }: { token: NewToken }) {
  const { t } = useTranslation();
  return (
    <div data-testid="enrolment-command">
      <p style={{ margin: "0 0 8px" }}>{t("security.commandHint")}</p>
      <Copied text={token.command} />
      <p style={{ margin: "8px 0" }}>{t("security.tokenHint")}</p>
      <Copied text={token.token} testId="enrolment-token" />
      <p className={classes.detail} style={{ margin: "6px 0 0" }}>
        {t("security.shownOnce")} {t("security.validUntil")} <TimeAgo at={token.expires_at} exact />
      </p>
    </div>
  );
}

function Copied({ text, testId }: { text: string; testId?: string }) {
  const { t } = useTranslation();
  return (
    <div className={classes.command}>
      <code data-testid={testId}>{text}</code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Button
            size="xs"
            onClick={copy}
            leftSection={copied ? <Check size={14} /> : <Copy size={14} />}
          >
            {copied ? t("common.copied") : t("security.copyCommand")}
          </Button>
        )}
      </CopyButton>
    </div>
  );
}
