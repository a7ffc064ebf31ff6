import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { answering, refusal } from "../testing/answers";
import { draw } from "../testing/render";
import { Actions } from "./Actions";
import type { TicketDetail } from "./api";

const order = (more: Partial<TicketDetail>) =>
  ({
    id: "wo_1",
    number: "WO-2026-000001",
    version: 3,
    stage: "assigned",
    failure_mode: "bearing_wear",
    asset_id: null,
    allowed_actions: ["start", "hold", "cancel"],
    ...more,
  }) as TicketDetail;

test("the likely verb is a button and is carried out from the version that is shown", async () => {
  const asked = answering({ "POST /work-orders/wo_1/actions/start": { body: {} } });
  await draw(<Actions family="work_order" detail={order({})} />);
  await userEvent.click(screen.getByTestId("action-start"));
  await waitFor(() => expect(asked).toHaveLength(1));
  expect(asked[0]?.headers.get("if-match")).toBe('"3"');
});

test("only what is allowed is offered", async () => {
  await draw(<Actions family="work_order" detail={order({ allowed_actions: [] })} />);
  expect(screen.queryByRole("button")).toBeNull();
});

test("a hold asks for its reason", async () => {
  const asked = answering({ "POST /work-orders/wo_1/actions/hold": { body: {} } });
  await draw(<Actions family="work_order" detail={order({})} />);
  await userEvent.click(screen.getByTestId("more-actions"));
  await userEvent.click(await screen.findByTestId("action-hold"));
  await userEvent.type(await screen.findByLabelText(/Reason/), "bearing comes on Monday");
  await userEvent.click(screen.getByRole("button", { name: "Put on hold" }));
  await waitFor(() => expect(asked).toHaveLength(1));
  expect(asked[0]?.body).toEqual({
    reason: "bearing comes on Monday",
    hold_reason: "waiting_for_parts",
  });
});

test("somebody else's change meanwhile is told", async () => {
  answering({ "POST /work-orders/wo_1/actions/start": refusal(412, "stale_version") });
  await draw(<Actions family="work_order" detail={order({})} />);
  await userEvent.click(screen.getByTestId("action-start"));
  expect(await screen.findByRole("alert")).toHaveTextContent("Somebody changed this");
});
