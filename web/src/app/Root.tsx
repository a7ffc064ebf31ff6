import { Outlet, useRouterState } from "@tanstack/react-router";
import { SignInPage } from "../signin/SignInPage";
import { Shell } from "./Shell";
import { useSession } from "./session";
import { Unreached } from "./Unreached";

/** Decides what is shown at all: the sign-in form, or the shell around a page. */
export function Root() {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const session = useSession();
  if (path === "/set-password") return <Outlet />;
  if (session.data) {
    return (
      <Shell>
        <Outlet />
      </Shell>
    );
  }
  if (session.data === null) return <SignInPage />;
  if (session.isError)
    return <Unreached error={session.error} retry={() => void session.refetch()} />;
  return null;
}
