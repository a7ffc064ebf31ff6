import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { answering, refusal } from "../testing/answers";
import { draw } from "../testing/render";
import { SignInPage } from "./SignInPage";

async function signIn(): Promise<void> {
  screen.getByLabelText("E-mail").focus();
  await userEvent.paste("li.na@example.com");
  screen.getByLabelText("Password").focus();
  await userEvent.paste("correct horse battery");
  await userEvent.click(screen.getByTestId("sign-in"));
}

test("sends address and password, and says when they are not right", async () => {
  const asked = answering({ "POST /session": refusal(401, "unauthenticated") });
  await draw(<SignInPage />);
  await signIn();
  expect(asked[0]?.body).toEqual({ email: "li.na@example.com", password: "correct horse battery" });
  expect(await screen.findByText("E-mail or password is not right")).toBeVisible();
});

test("says that there were too many attempts", async () => {
  answering({ "POST /session": refusal(429, "rate_limited") });
  await draw(<SignInPage />);
  await signIn();
  expect(await screen.findByRole("alert")).toHaveTextContent("Too many attempts");
});

test("says that the platform cannot be reached", async () => {
  answering({});
  await draw(<SignInPage />);
  await signIn();
  expect(await screen.findByRole("alert")).toHaveTextContent("The platform cannot be reached");
});
