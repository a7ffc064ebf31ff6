// What every address lies under.
import { createRootRoute } from "@tanstack/react-router";
import { NotFoundPage } from "./NotFoundPage";
import { Root } from "./Root";

export const root = createRootRoute({ component: Root, notFoundComponent: NotFoundPage });

export const at = <Path extends string>(path: Path) => ({ getParentRoute: () => root, path });
