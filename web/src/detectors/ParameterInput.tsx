import { NumberInput, Select, Switch } from "@mantine/core";
import { useLocal } from "../ui/useLocal";
import type { Parameter } from "./draft";

interface Props {
  name: string;
  parameter: Parameter;
  value: unknown;
  onChange: (value: unknown) => void;
}

/** One parameter of a detector, held to its limits; its name and its text are the catalogue's. */
export function ParameterInput({ name, parameter, value, onChange }: Props) {
  const local = useLocal();
  const present = value === undefined ? parameter.default : value;
  const shared = { label: name, description: local({ en: parameter.text, zh: parameter.text_zh }) };
  switch (parameter.type) {
    case "number":
    case "integer":
      return (
        <NumberInput
          {...shared}
          size="sm"
          value={typeof present === "number" ? present : ""}
          min={parameter.low ?? undefined}
          max={parameter.high ?? undefined}
          allowDecimal={parameter.type === "number"}
          clampBehavior="blur"
          onChange={(next) => onChange(typeof next === "number" ? next : undefined)}
        />
      );
    case "boolean":
      return (
        <Switch
          {...shared}
          checked={present === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    case "choice":
      return (
        <Select
          {...shared}
          data={parameter.allowed ?? []}
          value={typeof present === "string" ? present : null}
          onChange={(next) => onChange(next ?? undefined)}
        />
      );
    case "component":
      return (
        <Select
          {...shared}
          data={parameter.allowed ?? []}
          value={nameOf(present)}
          onChange={(next) => onChange(next ? { name: next } : undefined)}
        />
      );
  }
}

function nameOf(value: unknown): string | null {
  const { name } = (value ?? {}) as { name?: unknown };
  return typeof name === "string" ? name : null;
}
