import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test } from "vitest";
import { answering } from "../testing/answers";
import { draw } from "../testing/render";
import type { TicketDetail } from "./api";
import { CommentBox, type Suggested } from "./CommentBox";

const detail = { id: "cp_1", organisation_id: "org_1" } as TicketDetail;

const ME = {
  organisation: { id: "org_1", name: "Plant", kind: "customer" as const },
  sees_everything: false,
  permissions: ["complaints.create"],
};

function Both() {
  const [suggested, setSuggested] = useState<Suggested | null>(null);
  return (
    <>
      <button type="button" onClick={() => setSuggested({ ticketId: "cp_1", text: "Bleed it." })}>
        here
      </button>
      <button type="button" onClick={() => setSuggested({ ticketId: "cp_2", text: "Other." })}>
        elsewhere
      </button>
      <CommentBox family="complaint" detail={detail} suggested={suggested} />
    </>
  );
}

test("a suggested reply is put below what is written, as often as it is asked for, and not sent", async () => {
  const asked = answering({});
  await draw(<Both />, ME);
  const box = screen.getByRole("textbox", { name: /comment/i });
  await userEvent.type(box, "Dear customer,");
  await userEvent.click(screen.getByRole("button", { name: "here" }));
  await waitFor(() => expect(box).toHaveValue("Dear customer,\n\nBleed it."));
  expect(box).toHaveFocus();
  await userEvent.click(screen.getByRole("button", { name: "here" }));
  await waitFor(() => expect(box).toHaveValue("Dear customer,\n\nBleed it.\n\nBleed it."));
  expect(asked.filter((each) => each.method === "POST")).toHaveLength(0);
});

test("a reply suggested for another ticket is not put in", async () => {
  answering({});
  await draw(<Both />, ME);
  await userEvent.click(screen.getByRole("button", { name: "elsewhere" }));
  expect(screen.getByRole("textbox", { name: /comment/i })).toHaveValue("");
});
