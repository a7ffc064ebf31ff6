import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test } from "vitest";
import { draw } from "../testing/render";
import { DataTable } from "./DataTable";

const rows = [{ id: "1" }, { id: "2" }];

function Chosen() {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  return (
    <DataTable
      label="Things"
      columns={[{ key: "id", header: "Id", cell: (row: { id: string }) => row.id }]}
      rows={rows}
      rowKey={(row) => row.id}
      empty={null}
      selection={{
        chosen,
        toggle: (id) =>
          setChosen(
            (before) =>
              new Set(before.has(id) ? [...before].filter((each) => each !== id) : [...before, id]),
          ),
        all: (ids) => setChosen(new Set(ids)),
        nameOf: (id) => `thing ${id}`,
      }}
    />
  );
}

test("rows are chosen one by one or all at once, and the head says how far", async () => {
  await draw(<Chosen />);
  const all = screen.getByTestId<HTMLInputElement>("choose-all");
  await userEvent.click(screen.getByRole("checkbox", { name: "Choose thing 2" }));
  expect(all.indeterminate).toBe(true);
  await userEvent.click(all);
  expect(all).toBeChecked();
  expect(screen.getByRole("checkbox", { name: "Choose thing 1" })).toBeChecked();
  await userEvent.click(all);
  expect(screen.getByRole("checkbox", { name: "Choose thing 2" })).not.toBeChecked();
  expect(all.indeterminate).toBe(false);
});
