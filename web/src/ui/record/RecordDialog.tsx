import { SimpleGrid } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "../../api/problem";
import { FormDialog } from "../FormDialog";
import { FieldInput } from "./FieldInput";
import { asNew, changesOf, type Field, initialValues, missing, type Values } from "./fields";

interface Props {
  title: string;
  fields: Field[];
  /** The record to change; null makes a new one. */
  record: object | null;
  save: { mutate: (body: Record<string, unknown>) => void; isPending: boolean; error: unknown };
  onClose: () => void;
}

/** The form of one record, made from its fields. */
export function RecordDialog({ title, fields, record, save, onClose }: Props) {
  const { t } = useTranslation();
  const [values, setValues] = useState<Values>(() => initialValues(fields, record));
  const [lacking, setLacking] = useState<string[]>([]);
  const refused = save.error instanceof Problem ? save.error.fields : [];
  const submit = () => {
    const found = missing(fields, values);
    setLacking(found);
    if (found.length > 0) return;
    const body = record ? changesOf(fields, values, record) : asNew(fields, values);
    if (record && Object.keys(body).length === 0) onClose();
    else save.mutate(body);
  };
  const errorOf = (field: Field) =>
    lacking.includes(field.name)
      ? t("common.required")
      : refused.find((each) => each.field.split(".")[0] === field.name)?.message;
  return (
    <FormDialog
      opened
      wide={fields.length > 6}
      onClose={onClose}
      title={title}
      submitLabel={record ? t("common.save") : t("common.add")}
      pending={save.isPending}
      error={save.error}
      onSubmit={submit}
      testId="record-form"
    >
      <SimpleGrid cols={fields.length > 6 ? { base: 1, sm: 2 } : 1} spacing="sm">
        {fields.map((field) => (
          <FieldInput
            key={field.name}
            field={field}
            values={values}
            error={errorOf(field)}
            disabled={record !== null && field.fixed === true}
            onChange={(value) => setValues((before) => ({ ...before, [field.name]: value }))}
          />
        ))}
      </SimpleGrid>
    </FormDialog>
  );
}
