import { Button, Group, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActionProblem } from "../../ui/ActionProblem";
import { Section } from "../../ui/Section";
import { useCreateGateway } from "../api";
import classes from "./connect.module.css";

interface Props {
  siteId: string;
  onBack: () => void;
  onDone: (gatewayId: string) => void;
}

/** The machine that will read the others. Its key comes with the enrolment, nobody has to write it down. */
export function GatewayStep({ siteId, onBack, onDone }: Props) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const create = useCreateGateway((made) => onDone(made.id));
  return (
    <Section title={t("connect.steps.gateway")}>
      <p style={{ margin: 0 }}>{t("connect.gatewayHint")}</p>
      <form
        className={classes.narrow}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate({ name: name.trim(), site_id: siteId });
        }}
      >
        <TextInput
          label={t("common.name")}
          placeholder={t("connect.gatewayExample")}
          autoFocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          data-testid="connect-name"
        />
        <ActionProblem error={create.error} />
        <Group gap="xs">
          <Button variant="default" onClick={onBack}>
            {t("common.back")}
          </Button>
          <Button
            type="submit"
            loading={create.isPending}
            disabled={!name.trim()}
            data-testid="connect-next"
          >
            {t("connect.makeGateway")}
          </Button>
        </Group>
      </form>
    </Section>
  );
}
