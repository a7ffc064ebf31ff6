// Every address of the app. A page's code is fetched when somebody is about to open it.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { NotFoundPage } from "./NotFoundPage";
import { PageFailed } from "./PageFailed";
import { Root } from "./Root";
import { filters } from "./search-params";

const root = createRootRoute({ component: Root, notFoundComponent: NotFoundPage });
const at = <Path extends string>(path: Path) => ({ getParentRoute: () => root, path });

const setPassword = createRoute({
  ...at("/set-password"),
  validateSearch: filters("token"),
  component: lazyRouteComponent(() => import("../signin/SetPasswordPage"), "SetPasswordPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([setPassword]),
  defaultPreload: "intent",
  defaultErrorComponent: PageFailed,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
