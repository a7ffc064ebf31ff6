import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { useAlarmKeys } from "./useAlarmKeys";

function Console({ keys }: { keys: Parameters<typeof useAlarmKeys>[0] }) {
  useAlarmKeys(keys);
  return (
    <main>
      <input aria-label="find" />
      <table>
        <tbody>
          <tr data-row="alm_1" tabIndex={-1} />
          <tr data-row="alm_2" tabIndex={-1} />
        </tbody>
      </table>
      <div role="dialog">
        <button type="button">in a window</button>
      </div>
    </main>
  );
}

function drawn() {
  const keys = {
    acknowledge: vi.fn(),
    shelve: vi.fn(),
    choose: vi.fn(),
    clear: vi.fn(),
    help: vi.fn(),
  };
  render(<Console keys={keys} />);
  return keys;
}

test("j goes to the first alarm, and what is typed then is about it", async () => {
  const keys = drawn();
  await userEvent.keyboard("j");
  expect(document.activeElement).toHaveAttribute("data-row", "alm_1");
  await userEvent.keyboard("xas");
  expect(keys.choose).toHaveBeenCalledExactlyOnceWith("alm_1");
  expect(keys.acknowledge).toHaveBeenCalledExactlyOnceWith("alm_1");
  expect(keys.shelve).toHaveBeenCalledExactlyOnceWith("alm_1");
});

test("without an alarm that has the focus nothing is chosen", async () => {
  const keys = drawn();
  await userEvent.keyboard("xa?{Escape}");
  expect(keys.choose).not.toHaveBeenCalled();
  expect(keys.acknowledge).toHaveBeenCalledExactlyOnceWith(null);
  expect(keys.help).toHaveBeenCalledOnce();
  expect(keys.clear).toHaveBeenCalledOnce();
});

test("letters typed into a field or a window are letters, and chords are the browser's", async () => {
  const keys = drawn();
  await userEvent.type(screen.getByLabelText("find"), "axs?");
  screen.getByRole("button").focus();
  await userEvent.keyboard("as");
  screen.getByRole("button").blur();
  await userEvent.keyboard("{Control>}a{/Control}");
  for (const called of Object.values(keys)) expect(called).not.toHaveBeenCalled();
});
