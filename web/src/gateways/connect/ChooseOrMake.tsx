import { Button, Group, SegmentedControl } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { ActionProblem } from "../../ui/ActionProblem";
import { RemoteSelect, type RemoteSource } from "../../ui/RemoteSelect";
import { Section } from "../../ui/Section";
import classes from "./connect.module.css";

interface Props {
  title: string;
  hint: string;
  label: string;
  source: RemoteSource;
  /** Whether the person may make a new one. */
  mayMake: boolean;
  newLabel: string;
  /** The fields of a new one. */
  fields: ReactNode;
  complete: boolean;
  make: () => void;
  pending: boolean;
  error: unknown;
  onBack?: () => void;
  onDone: (id: string) => void;
}

/** One that is there, or a new one. */
export function ChooseOrMake(props: Props) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<string | null>(null);
  const [making, setMaking] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (making) props.make();
    else if (chosen) props.onDone(chosen);
  };
  return (
    <Section title={props.title}>
      <p style={{ margin: 0 }}>{props.hint}</p>
      {props.mayMake ? (
        <div>
          <SegmentedControl
            size="xs"
            aria-label={props.title}
            value={making ? "new" : "there"}
            onChange={(value) => setMaking(value === "new")}
            data={[
              { value: "there", label: t("connect.there") },
              { value: "new", label: props.newLabel },
            ]}
          />
        </div>
      ) : null}
      <form onSubmit={submit} className={classes.narrow} noValidate>
        {making ? (
          props.fields
        ) : (
          <RemoteSelect
            source={props.source}
            label={props.label}
            value={chosen}
            onChange={setChosen}
            testId="connect-choose"
          />
        )}
        <ActionProblem error={props.error} />
        <Group gap="xs">
          {props.onBack ? (
            <Button variant="default" onClick={props.onBack}>
              {t("common.back")}
            </Button>
          ) : null}
          <Button
            type="submit"
            loading={props.pending}
            disabled={making ? !props.complete : !chosen}
            data-testid="connect-next"
          >
            {t("connect.nextStep")}
          </Button>
        </Group>
      </form>
    </Section>
  );
}
