import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { draw } from "../testing/render";
import { NothingMatches } from "./NothingMatches";

test("the filters that hold the rows back are named and can be taken off", async () => {
  const clear = vi.fn();
  await draw(
    <NothingMatches
      filters={[{ label: "State", value: "Offline" }, null, { label: "Search", value: "pump" }]}
      onClear={clear}
    />,
  );
  expect(screen.getByText("State: Offline · Search: pump")).toBeTruthy();
  await userEvent.click(screen.getByTestId("clear-filters"));
  expect(clear).toHaveBeenCalledOnce();
});
