import { expect, test } from "vitest";
import { asNew, changesOf, type Field, initialValues, missing } from "./fields";

const FIELDS: Field[] = [
  { name: "name", label: "", form: "text", required: true },
  { name: "phone", label: "", form: "tel" },
  { name: "months", label: "", form: "number" },
  { name: "kind", label: "", form: "choice", fixed: true },
  { name: "skills", label: "", form: "tags" },
];

test("a new record leaves out what was not typed", () => {
  const values = { ...initialValues(FIELDS, null), name: "  Pump  ", months: "12" };
  expect(asNew(FIELDS, values)).toEqual({ name: "Pump", months: 12, skills: [] });
});

test("only changes are sent, what was emptied as null, what is fixed never", () => {
  const record = { name: "Pump", phone: "1", months: 12, kind: "a", skills: ["x"] };
  const values = { ...initialValues(FIELDS, record), phone: " ", kind: "b", skills: ["x", "y"] };
  expect(changesOf(FIELDS, values, record)).toEqual({ phone: null, skills: ["x", "y"] });
});

test("blanks are missing", () => {
  expect(missing(FIELDS, { name: "   " })).toEqual(["name"]);
});
