import { Button, Loader, Select, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActionProblem } from "../../ui/ActionProblem";
import { LinkButton } from "../../ui/LinkButton";
import { Section } from "../../ui/Section";
import { TechnicalDetail } from "../../ui/TechnicalDetail";
import { TimeAgo } from "../../ui/TimeAgo";
import { useEnum } from "../../ui/useEnum";
import { useNow } from "../../ui/useNow";
import type { Gateway } from "../api";
import { type Browse, useBrowses, useRequestBrowse } from "./api";
import type { Chosen } from "./ConnectPage";
import classes from "./connect.module.css";
import { NodeChooser } from "./NodeChooser";
import { isHere } from "./steps";

const POLICIES = [
  "None",
  "Basic256Sha256",
  "Aes128-Sha256-RsaOaep",
  "Aes256-Sha256-RsaPss",
] as const;
type Policy = (typeof POLICIES)[number];

interface Props {
  gateway: Gateway;
  onDone: (chosen: Chosen) => void;
}

/** What the servers at the site offer: the gateway looks, and its answer waits here. */
export function BrowseStep({ gateway, onDone }: Props) {
  const { t } = useTranslation();
  const word = useEnum();
  const now = useNow().getTime();
  const browses = useBrowses(gateway.id);
  const last = browses.data?.items[0];
  const [url, setUrl] = useState("");
  const [source, setSource] = useState("");
  const [policy, setPolicy] = useState<Policy>("None");
  const request = useRequestBrowse(gateway.id);
  const address = url || last?.url || "";
  const name = source || last?.source || "";
  const here = isHere(gateway, now);
  return (
    <>
      <Section title={t("connect.steps.browse")} testId="browse-step">
        <p style={{ margin: 0 }}>{t(here ? "connect.browseHint" : "connect.away")}</p>
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            request.mutate({
              source: name.trim(),
              url: address.trim(),
              root: "i=85",
              security_policy: policy,
              security_mode: "SignAndEncrypt",
            });
          }}
        >
          <div className={classes.pair}>
            <TextInput
              label={t("connect.address")}
              placeholder={t("connect.addressExample")}
              value={address}
              onChange={(event) => setUrl(event.currentTarget.value)}
              data-testid="browse-url"
            />
            <TextInput
              label={t("connect.sourceName")}
              placeholder={t("connect.sourceExample")}
              value={name}
              onChange={(event) => setSource(event.currentTarget.value)}
              data-testid="browse-source"
            />
            <Select
              label={t("gateways.security")}
              data={POLICIES.map((value) => ({
                value,
                label: value === "None" ? word("security", "none") : value,
              }))}
              value={policy}
              onChange={(value) => setPolicy(POLICIES.find((each) => each === value) ?? "None")}
              allowDeselect={false}
            />
            <Button
              type="submit"
              variant={last?.state === "done" ? "default" : "filled"}
              loading={request.isPending}
              disabled={!address.trim() || !name.trim() || last?.state === "waiting"}
              data-testid="browse-start"
            >
              {t(last ? "connect.lookAgain" : "connect.look")}
            </Button>
          </div>
        </form>
        <ActionProblem error={request.error} />
        {last ? <Standing browse={last} /> : null}
        <div className={classes.waiting} style={{ color: "var(--fw-muted)" }}>
          <span>{t("connect.notOpcUa")}</span>
          <LinkButton
            to="/gateways/$gatewayId"
            params={{ gatewayId: gateway.id }}
            search={{ tab: "configuration" }}
            variant="subtle"
            size="compact-sm"
          >
            {t("connect.writeIt")}
          </LinkButton>
        </div>
      </Section>
      {last?.state === "done" && last.nodes > 0 ? (
        <NodeChooser
          key={last.id}
          gateway={gateway}
          browse={last}
          onDone={(nodes) =>
            onDone({
              nodes,
              source: last.source,
              url: last.url,
              security: { policy, mode: "SignAndEncrypt" },
            })
          }
        />
      ) : null}
    </>
  );
}

function Standing({ browse }: { browse: Browse }) {
  const { t } = useTranslation();
  const word = useEnum();
  if (browse.state === "waiting") {
    return (
      <div className={classes.waiting} role="status">
        <Loader size={18} />
        <p>{t("connect.looking", { source: browse.source })}</p>
      </div>
    );
  }
  if (browse.state === "done") {
    return (
      <p style={{ margin: 0 }} role="status" data-testid="browse-found">
        {t(browse.truncated ? "connect.foundMore" : "connect.found", {
          count: browse.nodes,
          source: browse.source,
        })}{" "}
        <TimeAgo at={browse.answered_at} />
      </p>
    );
  }
  return (
    <p style={{ margin: 0, color: "var(--fw-high)" }} role="alert">
      {word("browseState", browse.state)}
      {browse.code ? ` · ${word("browseCode", browse.code)}` : ""}
      <TechnicalDetail text={browse.detail} />
    </p>
  );
}
