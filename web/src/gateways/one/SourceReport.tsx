import { useTranslation } from "react-i18next";
import { Facts } from "../../ui/Facts";
import { calendarDate, count } from "../../ui/format";
import { StatusChip } from "../../ui/StatusChip";
import { TechnicalDetail } from "../../ui/TechnicalDetail";
import { useEnum } from "../../ui/useEnum";
import { useNow } from "../../ui/useNow";
import classes from "../gateways.module.css";
import type { Reader } from "../reports";
import { certificateState } from "../state";

// A few are shown at once, many on demand.
const SHOWN_MAX = 8;
const GROUP = /.{1,4}/g;

/** One thing a gateway reads from: how the connection is, how it is secured, what could not be read. */
export function SourceReport({ reader }: { reader: Reader }) {
  const { t } = useTranslation();
  const word = useEnum();
  const now = useNow().getTime();
  const { certificate } = reader;
  const isOpcUa = reader.kind === "opcua";
  return (
    <article className={classes.source} data-source={reader.name}>
      <div className={classes.sourceHead}>
        <h3>{reader.name}</h3>
        <span className={classes.quiet}>{word("sourceKind", reader.kind)}</span>
        <StatusChip of="sourceState" state={reader.state} />
        {reader.code ? <span>{word("sourceCode", reader.code)}</span> : null}
      </div>
      {reader.detail ? (
        <div style={{ marginBottom: 8 }}>
          <TechnicalDetail text={reader.detail} />
        </div>
      ) : null}
      <Facts
        items={[
          reader.tags !== null && { label: t("gateways.tagCount"), value: count(reader.tags) },
          reader.foundTags !== null &&
            reader.foundTags > 0 && {
              label: t("gateways.foundTags"),
              value: count(reader.foundTags),
            },
          reader.values !== null && { label: t("gateways.values"), value: count(reader.values) },
          reader.nodes !== null && {
            label: t("gateways.nodes"),
            value: `${count(reader.nodesAlive ?? 0)} / ${count(reader.nodes)}`,
          },
          isOpcUa &&
            reader.session && {
              label: t("gateways.session"),
              value: word("sessionState", reader.session),
            },
          reader.profile && {
            label: t("gateways.profile"),
            value: word("serverProfile", reader.profile),
          },
          reader.security && {
            label: t("gateways.security"),
            value: reader.security === "None" ? word("security", "none") : reader.security,
          },
          reader.login && { label: t("gateways.login"), value: word("login", reader.login) },
          reader.reconnections > 0 && {
            label: t("gateways.reconnections"),
            value: count(reader.reconnections),
          },
          { label: t("gateways.gaps"), value: count(reader.gaps) },
          reader.recovered > 0 && {
            label: t("gateways.recovered"),
            value: count(reader.recovered),
          },
          isOpcUa && { label: t("gateways.overflows"), value: count(reader.overflows) },
        ]}
      />
      {certificate ? (
        <div style={{ marginTop: 12 }}>
          <Facts
            items={[
              {
                label: t("gateways.serverCertificate"),
                value: (
                  <span className={classes.inline}>
                    <StatusChip of="certificateState" state={certificateState(certificate, now)} />
                    {certificate.notAfter
                      ? t("gateways.validUntil", {
                          date: calendarDate(certificate.notAfter.toISOString()),
                        })
                      : null}
                  </span>
                ),
              },
              {
                label: t("gateways.thumbprint"),
                value: (
                  <span className={classes.code}>
                    {certificate.thumbprint.match(GROUP)?.join(" ")}
                  </span>
                ),
                wide: true,
              },
            ]}
          />
        </div>
      ) : null}
      {reader.badNodesCount > 0 ? (
        <details open={reader.badNodesCount <= SHOWN_MAX}>
          <summary>{t("gateways.badNodes", { count: reader.badNodesCount })}</summary>
          <dl className={classes.bad}>
            {reader.badNodes.map((each) => (
              <div key={each.node} style={{ display: "contents" }}>
                <dt>{each.node}</dt>
                <dd>
                  {word("nodeReason", each.reason)} <code>{each.reason}</code>
                </dd>
              </div>
            ))}
          </dl>
          {reader.badNodesCount > reader.badNodes.length ? (
            <p className={classes.detail}>
              {t("gateways.badNodesMore", {
                count: reader.badNodesCount - reader.badNodes.length,
              })}
            </p>
          ) : null}
        </details>
      ) : null}
      {reader.oddities.length > 0 ? (
        <details>
          <summary>{t("gateways.oddities")}</summary>
          <dl className={classes.bad}>
            {reader.oddities.map(([name, times]) => (
              <div key={name} style={{ display: "contents" }}>
                <dt style={{ fontFamily: "inherit" }}>{word("oddity", name)}</dt>
                <dd>{count(times)}</dd>
              </div>
            ))}
          </dl>
        </details>
      ) : null}
    </article>
  );
}
