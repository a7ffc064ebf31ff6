import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../app/session";
import { EmptyState } from "../../ui/EmptyState";
import { Page } from "../../ui/Page";
import { QueryState } from "../../ui/QueryState";
import { type Gateway, useGateway } from "../api";
import { useSite } from "./api";
import { BrowseStep } from "./BrowseStep";
import { CustomerStep } from "./CustomerStep";
import classes from "./connect.module.css";
import { EnrolStep } from "./EnrolStep";
import { GatewayStep } from "./GatewayStep";
import type { Node } from "./guess";
import { MapStep } from "./MapStep";
import { SiteStep } from "./SiteStep";
import { StepList } from "./StepList";
import { stepOf } from "./steps";
import { Unfinished } from "./Unfinished";
import { ValuesStep } from "./ValuesStep";

const WATCH_MS = 2_500;

export interface Chosen {
  source: string;
  url: string;
  nodes: Node[];
  security: { policy: string; mode: string };
}

/** From a customer's name to the first value of a machine, step by step; it can be left and resumed. */
export function ConnectPage() {
  const { t } = useTranslation();
  const may = useMay()("gateways.manage");
  const { gateway: gatewayId } = useSearch({ from: "/gateways/connect" });
  const gateway = useGateway(gatewayId, WATCH_MS);
  const crumbs = [{ label: t("gateways.title"), to: "/gateways" as const }];
  return (
    <Page title={t("connect.title")} crumbs={crumbs} subtitle={t("connect.hint")}>
      {!may ? (
        <EmptyState title={t("problems.forbidden.happened")} hint={t("problems.forbidden.todo")} />
      ) : gatewayId ? (
        <QueryState query={gateway} height={360}>
          {(found) => <Walk key={found.id} gateway={found} />}
        </QueryState>
      ) : (
        <>
          <Unfinished />
          <Walk gateway={null} />
        </>
      )}
    </Page>
  );
}

function Walk({ gateway }: { gateway: Gateway | null }) {
  const navigate = useNavigate();
  const search = useSearch({ from: "/gateways/connect" });
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const organisationId = gateway?.organisation_id ?? search.organisation ?? null;
  const siteId = gateway?.site_id ?? search.site ?? null;
  const site = useSite(siteId);
  const step = stepOf({
    organisationId,
    siteId,
    gateway,
    chosen: chosen?.nodes.length ?? 0,
    adding: search.step === "browse",
  });
  const go = (to: typeof search) => void navigate({ to: "/gateways/connect", search: to });
  return (
    <div className={classes.walk}>
      <StepList
        step={step}
        done={gateway !== null && step === "values" && gateway.stored > 0}
        notes={{
          customer: gateway?.organisation_name,
          site: site.data?.name,
          gateway: gateway?.name,
        }}
        organisationId={organisationId}
      />
      <div className={classes.column}>
        {step === "customer" ? (
          <CustomerStep onDone={(organisation) => go({ organisation })} />
        ) : null}
        {step === "site" && organisationId ? (
          <SiteStep
            organisationId={organisationId}
            onBack={() => go({})}
            onDone={(made) => go({ organisation: organisationId, site: made })}
          />
        ) : null}
        {step === "gateway" && siteId && organisationId ? (
          <GatewayStep
            siteId={siteId}
            onBack={() => go({ organisation: organisationId })}
            onDone={(made) => go({ gateway: made })}
          />
        ) : null}
        {step === "enrol" && gateway ? <EnrolStep gateway={gateway} /> : null}
        {step === "browse" && gateway ? <BrowseStep gateway={gateway} onDone={setChosen} /> : null}
        {step === "map" && gateway && chosen ? (
          <MapStep
            gateway={gateway}
            chosen={chosen}
            onBack={() => setChosen(null)}
            onDone={() => {
              setChosen(null);
              go({ gateway: gateway.id });
            }}
          />
        ) : null}
        {step === "values" && gateway ? <ValuesStep gateway={gateway} /> : null}
      </div>
    </div>
  );
}
