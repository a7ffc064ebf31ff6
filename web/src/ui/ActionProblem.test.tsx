import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { Problem } from "../api/problem";
import { switchLanguage } from "../i18n";
import { draw } from "../testing/render";
import { ActionProblem } from "./ActionProblem";

const problem = (status: number, code: string, detail = "") =>
  new Problem(status, code, "", detail, "req_1", {}, []);

test("a change made on an old version offers the present one", async () => {
  const reload = vi.fn();
  await draw(<ActionProblem error={problem(412, "stale_version")} onReload={reload} />);
  expect(screen.getByRole("alert")).toHaveTextContent(
    "Somebody changed this while you had it open",
  );
  await userEvent.click(screen.getByRole("button", { name: "Show the present state" }));
  expect(reload).toHaveBeenCalledOnce();
});

test("a refusal says what happened, what is safe and what to do", async () => {
  await draw(<ActionProblem error={problem(409, "insufficient_stock", "3 of BRG-1 at van")} />);
  const said = screen.getByRole("alert");
  expect(said).toHaveTextContent("There are fewer pieces there than are to leave");
  expect(said).toHaveTextContent("3 of BRG-1 at van");
  expect(said).toHaveTextContent("Nothing was changed.");
});

test("in Chinese as well", async () => {
  await switchLanguage("zh");
  await draw(<ActionProblem error={problem(403, "forbidden")} />);
  expect(screen.getByRole("alert")).toHaveTextContent("您的角色无权执行此操作");
  await switchLanguage("en");
});

test("nothing is shown when nothing went wrong", async () => {
  await draw(<ActionProblem error={null} />);
  expect(screen.queryByRole("alert")).toBeNull();
});
