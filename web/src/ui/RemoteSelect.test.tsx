import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test } from "vitest";
import { draw } from "../testing/render";
import { type RemoteOption, RemoteSelect, type RemoteSource } from "./RemoteSelect";

const ALL: RemoteOption[] = [
  { value: "1", label: "P200-0001 · Feed pump" },
  { value: "2", label: "K37-0001 · Compressor" },
];

function source(slow: Promise<void>): RemoteSource {
  return {
    key: "test",
    find: async (query) => {
      if (query) await slow;
      return ALL.filter((option) => option.label.includes(query));
    },
    read: async (value) => ALL.find((option) => option.value === value) ?? { value, label: value },
  };
}

function Chooser({ from }: { from: RemoteSource }) {
  const [value, setValue] = useState<string | null>(null);
  return <RemoteSelect label="Machine" source={from} value={value} onChange={setValue} />;
}

test("offers nothing of another search while one is under way, then what it found", async () => {
  let finish = () => {};
  const slow = new Promise<void>((resolve) => {
    finish = resolve;
  });
  await draw(<Chooser from={source(slow)} />);
  const input = screen.getByLabelText("Machine");
  await userEvent.click(input);
  expect(await screen.findAllByRole("option")).toHaveLength(2);
  await userEvent.paste("K37");
  expect(await screen.findByText("Searching …")).toBeInTheDocument();
  expect(screen.queryAllByRole("option")).toHaveLength(0);
  finish();
  await userEvent.click(await screen.findByRole("option", { name: /K37-0001/ }));
  expect(await screen.findByDisplayValue("K37-0001 · Compressor")).toBeInTheDocument();
});
