// A form as data: which fields a record has, and how what was typed becomes what is sent.
import type { RemoteSource } from "../RemoteSelect";

export type Value = string | string[] | boolean | null;
export type Values = Record<string, Value>;

export interface Choice {
  value: string;
  label: string;
}

export interface Field {
  name: string;
  label: string;
  form:
    | "text"
    | "long"
    | "email"
    | "tel"
    | "date"
    | "number"
    | "choice"
    | "many"
    | "tags"
    | "remote"
    | "switch";
  choices?: Choice[];
  source?: (values: Values) => RemoteSource;
  required?: boolean;
  hint?: string;
  /** Cannot be changed once the record is there. */
  fixed?: boolean;
  initial?: Value;
}

export function emptyValue(field: Field): Value {
  if (field.initial !== undefined) return field.initial;
  if (field.form === "many" || field.form === "tags") return [];
  if (field.form === "switch") return false;
  return field.form === "choice" || field.form === "remote" ? null : "";
}

/** What a form starts with: the record's values, or the fields' own beginnings. */
export function initialValues(fields: Field[], record: object | null): Values {
  const known = (record ?? {}) as Record<string, unknown>;
  return Object.fromEntries(
    fields.map((field) => {
      const value = record ? known[field.name] : undefined;
      if (value === undefined || value === null) return [field.name, emptyValue(field)];
      return [field.name, typeof value === "number" ? String(value) : (value as Value)];
    }),
  );
}

const blank = (value: Value | undefined) => value === null || value === undefined || value === "";

export function missing(fields: Field[], values: Values): string[] {
  return fields
    .filter((field) => {
      const value = values[field.name];
      if (!field.required) return false;
      return typeof value === "string" ? value.trim() === "" : blank(value);
    })
    .map((field) => field.name);
}

/** What a new record is made of: what was left empty is not sent. */
export function asNew(fields: Field[], values: Values): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(asBody(fields, values)).filter(([, value]) => value !== null),
  );
}

/** What is sent: texts trimmed, nothing typed is null, numbers are numbers. */
export function asBody(fields: Field[], values: Values): Record<string, unknown> {
  return Object.fromEntries(
    fields.map((field) => {
      const value = values[field.name];
      const plain = typeof value === "string" ? value.trim() : value;
      if (blank(plain)) return [field.name, null];
      return [field.name, field.form === "number" ? Number(plain) : plain];
    }),
  );
}

/** Only what differs from the record, so that two people can change different fields. */
export function changesOf(
  fields: Field[],
  values: Values,
  record: object,
): Record<string, unknown> {
  const before = asBody(fields, initialValues(fields, record));
  const after = asBody(fields, values);
  return Object.fromEntries(
    Object.entries(after).filter(
      ([name, value]) =>
        !fields.find((field) => field.name === name)?.fixed &&
        JSON.stringify(value) !== JSON.stringify(before[name]),
    ),
  );
}
