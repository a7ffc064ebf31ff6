import {
  MultiSelect,
  NumberInput,
  Select,
  Switch,
  TagsInput,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useTranslation } from "react-i18next";
import { RemoteSelect } from "../RemoteSelect";
import type { Field, Value, Values } from "./fields";

interface Props {
  field: Field;
  values: Values;
  error?: string;
  disabled: boolean;
  onChange: (value: Value) => void;
}

const INPUT_TYPES: Partial<Record<Field["form"], string>> = {
  email: "email",
  tel: "tel",
  date: "date",
};

/** The control for one field of a record. */
export function FieldInput({ field, values, error, disabled, onChange }: Props) {
  const { t } = useTranslation();
  const value = values[field.name] ?? null;
  const shared = {
    label: field.required ? field.label : `${field.label} (${t("common.optional")})`,
    description: field.hint,
    error,
    disabled,
    "data-testid": `field-${field.name}`,
  };
  const text = typeof value === "string" ? value : "";
  const list = Array.isArray(value) ? value : [];
  switch (field.form) {
    case "choice":
      return (
        <Select
          {...shared}
          data={field.choices ?? []}
          value={text || null}
          onChange={onChange}
          searchable
          allowDeselect={!field.required}
        />
      );
    case "many":
      return (
        <MultiSelect
          {...shared}
          label={field.label}
          data={field.choices ?? []}
          value={list}
          onChange={onChange}
          searchable
        />
      );
    case "tags":
      return <TagsInput {...shared} label={field.label} value={list} onChange={onChange} />;
    case "remote":
      return field.source ? (
        <RemoteSelect
          label={shared.label}
          description={field.hint}
          error={error}
          disabled={disabled}
          source={field.source(values)}
          value={text || null}
          onChange={onChange}
          testId={shared["data-testid"]}
        />
      ) : null;
    case "switch":
      return (
        <Switch
          label={field.label}
          disabled={disabled}
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    case "number":
      return <NumberInput {...shared} value={text} onChange={(given) => onChange(String(given))} />;
    case "long":
      return (
        <Textarea
          {...shared}
          autosize
          minRows={2}
          value={text}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    default:
      return (
        <TextInput
          {...shared}
          type={INPUT_TYPES[field.form] ?? "text"}
          value={text}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
  }
}
