import { useTranslation } from "react-i18next";
import { Facts } from "../../ui/Facts";
import { count, percent } from "../../ui/format";
import { Section } from "../../ui/Section";
import { StatusChip } from "../../ui/StatusChip";
import { TimeAgo } from "../../ui/TimeAgo";
import { useEnum } from "../../ui/useEnum";
import classes from "../gateways.module.css";
import type { Buffer } from "../reports";
import { bytes } from "./bytes";

const FULL = 0.8;

/** What waits on the gateway's disk, how much room there is, and what happens when there is none. */
export function BufferSection({ buffer }: { buffer: Buffer }) {
  const { t } = useTranslation();
  const word = useEnum();
  const { bytesUsed, bytesMax } = buffer;
  const share = bytesUsed !== null && bytesMax ? Math.min(bytesUsed / bytesMax, 1) : null;
  return (
    <Section
      title={t("gateways.buffer")}
      aside={<StatusChip of="sourceState" state={buffer.state || "ok"} />}
      testId="gateway-buffer"
    >
      {share === null ? null : (
        <div>
          <div className={classes.bar} aria-hidden="true">
            <span
              style={{
                width: `${share * 100}%`,
                background: share > FULL ? "var(--fw-mark-high)" : "var(--fw-line-1)",
              }}
            />
          </div>
          <div className={classes.detail}>
            {t("gateways.fill", {
              used: bytes(bytesUsed),
              max: bytes(bytesMax),
              share: percent(share),
            })}
          </div>
        </div>
      )}
      <Facts
        items={[
          buffer.policy && {
            label: t("gateways.whenFull"),
            value: word("bufferPolicy", buffer.policy),
            wide: true,
          },
          bytesMax === null && { label: t("gateways.onDisk"), value: bytes(bytesUsed) },
          buffer.readings !== null && {
            label: t("gateways.buffered"),
            value: count(buffer.readings),
          },
          buffer.frames !== null && { label: t("gateways.frames"), value: count(buffer.frames) },
          buffer.oldestAt && {
            label: t("gateways.oldest"),
            value: <TimeAgo at={buffer.oldestAt.toISOString()} />,
          },
          { label: t("gateways.dropped"), value: count(buffer.dropped) },
          buffer.refusedFrames > 0 && {
            label: t("gateways.refusedFrames"),
            value: count(buffer.refusedFrames),
          },
          buffer.newBecause && {
            label: t("gateways.newBuffer"),
            value: word("newBuffer", buffer.newBecause),
          },
          buffer.movedAside && {
            label: t("gateways.movedAside"),
            value: <span className={classes.code}>{buffer.movedAside}</span>,
            wide: true,
          },
          buffer.trouble && { label: t("gateways.trouble"), value: buffer.trouble, wide: true },
        ]}
      />
    </Section>
  );
}
