import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test, vi } from "vitest";
import { draw } from "../testing/render";
import { CommentForm } from "./CommentForm";

function Written({ onSend }: { onSend: (text: string) => void }) {
  const [text, setText] = useState("");
  return (
    <CommentForm
      label="Comment"
      placeholder="Say it"
      submitLabel="Send"
      text={text}
      onText={setText}
      onSend={onSend}
      pending={false}
      error={null}
      maxLength={10}
    />
  );
}

test("what is sent has no blanks around it, and blanks alone are not sent", async () => {
  const sent = vi.fn();
  await draw(<Written onSend={sent} />);
  const field = screen.getByLabelText("Comment");
  await userEvent.type(field, "   ");
  expect(screen.getByRole("button", { name: "Send" })).toBeDisabled();
  await userEvent.type(field, "worn  ");
  await userEvent.click(screen.getByRole("button", { name: "Send" }));
  expect(sent).toHaveBeenCalledExactlyOnceWith("worn");
});
