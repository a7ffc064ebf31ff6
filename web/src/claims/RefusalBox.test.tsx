import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { switchLanguage } from "../i18n";
import { draw } from "../testing/render";
import { RefusalBox } from "./RefusalBox";

const REFUSAL = {
  prior_claim_id: "clm_1",
  rule: "a",
  detail: { prior: "C-000001", position: "drive end" },
  explanation: {
    code: "duplicate_a",
    en: "Claim C-000001 already covers the part fitted at position drive end of this machine.",
    zh: "索赔 C-000001 已涵盖本机 drive end 位置上装用的同一零件。",
  },
};

test("names the earlier claim and the rule", async () => {
  await draw(<RefusalBox refusal={REFUSAL} />);
  expect(screen.getByTestId("refusal-explanation")).toHaveTextContent(
    "Claim C-000001 already covers",
  );
  expect(screen.getByTestId("refusal-rule")).toHaveTextContent(
    "The same fitted part is claimed already",
  );
  expect(screen.getByRole("link", { name: "C-000001" })).toHaveAttribute("href", "/claims/clm_1");
});

test("in the reader's language", async () => {
  await switchLanguage("zh");
  await draw(<RefusalBox refusal={REFUSAL} />);
  expect(screen.getByTestId("refusal-explanation")).toHaveTextContent("已涵盖本机");
  await switchLanguage("en");
});

test("is not there for a claim that was not refused", async () => {
  await draw(<RefusalBox refusal={null} />);
  expect(screen.queryByTestId("claim-refusal")).toBeNull();
});
