import { Button, NumberInput, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../app/session";
import { FormDialog } from "../ui/FormDialog";
import { type Claim, type ClaimVerb, useClaimVerb } from "./api";

/** What the reader may do to a claim in its present state. */
export function verbsFor(state: Claim["state"], may: (permission: string) => boolean): ClaimVerb[] {
  const waits = state === "submitted" || state === "needs_information";
  const verbs: ClaimVerb[] = [];
  if (waits && may("claims.decide")) verbs.push("accept", "refuse");
  if (state === "submitted" && may("claims.decide")) verbs.push("ask");
  if (state === "needs_information" && may("claims.submit")) verbs.push("answer");
  if (state === "accepted" && may("claims.pay")) verbs.push("pay");
  if ((state === "accepted" || state === "paid") && may("claims.pay")) verbs.push("reverse");
  if (waits && (may("claims.submit") || may("claims.decide"))) verbs.push("reverse");
  return verbs;
}

const MAIN: ClaimVerb[] = ["accept", "pay", "answer"];

export function ClaimActions({ claim }: { claim: Claim }) {
  const { t } = useTranslation();
  const may = useMay();
  const [asked, setAsked] = useState<ClaimVerb | null>(null);
  return (
    <>
      {verbsFor(claim.state, may).map((verb) => (
        <Button
          key={verb}
          variant={MAIN.includes(verb) ? "filled" : "default"}
          onClick={() => setAsked(verb)}
          data-testid={`claim-${verb}`}
        >
          {t(`claims.verbs.${verb}`)}
        </Button>
      ))}
      {asked ? <VerbDialog claim={claim} verb={asked} onClose={() => setAsked(null)} /> : null}
    </>
  );
}

function VerbDialog({
  claim,
  verb,
  onClose,
}: {
  claim: Claim;
  verb: ClaimVerb;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [meter, setMeter] = useState<string | number>("");
  const act = useClaimVerb(claim, onClose);
  const pays = verb === "pay";
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t("tickets.actionOn", { action: t(`claims.verbs.${verb}`), number: claim.number })}
      submitLabel={t(`claims.verbs.${verb}`)}
      danger={verb === "refuse" || verb === "reverse"}
      pending={act.isPending}
      error={act.error}
      disabled={!pays && !text.trim()}
      onSubmit={() =>
        act.mutate({ verb, text: text.trim(), meter: meter === "" ? null : Number(meter) })
      }
      testId={`form-${verb}`}
    >
      {pays ? (
        <TextInput
          label={`${t("claims.reference")} (${t("common.optional")})`}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      ) : (
        <Textarea
          label={verb === "answer" ? t("claims.answer") : t("common.reason")}
          autosize
          minRows={3}
          data-autofocus
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      )}
      {verb === "answer" ? (
        <NumberInput
          label={`${t("claims.meter")} (${t("common.optional")})`}
          min={0}
          value={meter}
          onChange={setMeter}
        />
      ) : null}
    </FormDialog>
  );
}
