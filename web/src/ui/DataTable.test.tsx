import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { Problem } from "../api/problem";
import { draw } from "../testing/render";
import { DataTable } from "./DataTable";

interface Row {
  id: string;
  name: string;
}

const columns = [
  { key: "name", header: "Name", phone: "main" as const, cell: (row: Row) => row.name },
];
const shared = { label: "Things", columns, rowKey: (row: Row) => row.id, empty: <p>none yet</p> };
const rows = [
  { id: "1", name: "one" },
  { id: "2", name: "two" },
];

test("keeps the place with as many rows as are expected while loading", async () => {
  await draw(<DataTable {...shared} rows={undefined} expect={4} />);
  const table = screen.getByRole("table", { name: "Things" });
  expect(table).toHaveAttribute("aria-busy", "true");
  expect(within(table).getAllByRole("row")).toHaveLength(5);
});

test("says how the first row comes to be", async () => {
  await draw(<DataTable {...shared} rows={[]} />);
  expect(screen.getByText("none yet")).toBeVisible();
  expect(screen.queryByRole("table")).toBeNull();
});

test("shows why there are no rows, and tries again", async () => {
  const retry = vi.fn();
  const error = new Problem(503, "unavailable", "", "", null, {}, []);
  await draw(<DataTable {...shared} rows={undefined} error={error} retry={retry} />);
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(retry).toHaveBeenCalledOnce();
});

test("arrow keys and j, k walk through rows that can be opened", async () => {
  await draw(<DataTable {...shared} rows={rows} rowLink={() => ({ to: "/" })} />);
  const [, first, second] = screen.getAllByRole("row");
  first?.focus();
  await userEvent.keyboard("{ArrowDown}");
  expect(second).toHaveFocus();
  await userEvent.keyboard("k");
  expect(first).toHaveFocus();
});

test("asks for more where there is more", async () => {
  const load = vi.fn();
  await draw(<DataTable {...shared} rows={rows} more={{ load, loading: false }} />);
  await userEvent.click(screen.getByRole("button", { name: "Show more" }));
  expect(load).toHaveBeenCalledOnce();
});
