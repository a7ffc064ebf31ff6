// How a gateway is, in a word each: its health, clock, configuration and certificates.
import { Tooltip } from "@mantine/core";
import {
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CircleOff,
  CircleX,
  Clock,
  type LucideIcon,
} from "lucide-react";
import { useTranslation } from "react-i18next";
import { duration } from "../ui/format";
import { Nothing } from "../ui/Nothing";
import { StatusChip } from "../ui/StatusChip";
import { useEnum } from "../ui/useEnum";
import { useNow } from "../ui/useNow";
import type { Gateway } from "./api";
import classes from "./gateways.module.css";
import { reportsOf } from "./reports";
import { type GatewayState, type Trouble, worstCertificate } from "./state";
import { useTroubleWords } from "./useTroubleWords";

const ICONS: Record<GatewayState, LucideIcon> = {
  online: CircleCheck,
  trouble: CircleAlert,
  late: Clock,
  offline: CircleX,
  never: CircleDashed,
  revoked: CircleOff,
};

/** One word, one colour, one shape; what is wrong on hover. */
export function Health({ state, troubles = [] }: { state: GatewayState; troubles?: Trouble[] }) {
  const words = useTroubleWords();
  const chip = <StatusChip of="gatewayState" state={state} icon={ICONS[state]} />;
  if (troubles.length === 0) return chip;
  return (
    <Tooltip multiline maw={340} label={troubles.map((each) => words(each).happened).join("; ")}>
      <span>{chip}</span>
    </Tooltip>
  );
}

const SECOND_MS = 1_000;
const CLOCK_MS_MAX = 30_000;

/** How far a clock is off: small differences in milliseconds, grave ones stand out. */
export function Offset({ ms }: { ms: number | null | undefined }) {
  const { t } = useTranslation();
  if (typeof ms !== "number") return <Nothing />;
  const size = Math.abs(ms);
  const amount = size < SECOND_MS ? `${size} ms` : duration(size / SECOND_MS);
  const words = size < SECOND_MS ? `${ms < 0 ? "−" : ms > 0 ? "+" : ""}${amount}` : null;
  return (
    <span className={classes.figure} data-tone={size > CLOCK_MS_MAX ? "high" : undefined}>
      {words ?? t(ms < 0 ? "gateways.behind" : "gateways.ahead", { amount })}
    </span>
  );
}

/** Which version it runs, and how that stands to what it was given. */
export function ConfigurationMark({ gateway }: { gateway: Gateway }) {
  const { t } = useTranslation();
  const word = useEnum();
  const { applied_version, wanted_version, state, detail } = gateway.configuration;
  // A third party has none, and one that was never heard of has not said.
  if (gateway.kind !== "edge" || (gateway.state === "never" && wanted_version === null)) {
    return <Nothing />;
  }
  if (state === "unmanaged" && wanted_version === null) {
    return <span className={classes.quiet}>{word("configurationState", state)}</span>;
  }
  const version = applied_version ?? wanted_version;
  const number = version === null ? null : t("configuration.versionShort", { version });
  if (state === "applied") return <span>{number}</span>;
  const chip = (
    <span className={classes.inline}>
      {number}
      <StatusChip of="configurationState" state={state} />
    </span>
  );
  return detail ? (
    <Tooltip multiline maw={340} label={detail}>
      {chip}
    </Tooltip>
  ) : (
    chip
  );
}

/** The worst of its certificates. */
export function CertificateMark({ gateway }: { gateway: Gateway }) {
  const { t } = useTranslation();
  const now = useNow();
  const worst = worstCertificate(reportsOf(gateway), now.getTime());
  if (!worst) return <Nothing />;
  if (worst.state === "ok") return <span className={classes.quiet}>{t("gateways.valid")}</span>;
  return <StatusChip of="certificateState" state={worst.state} />;
}
