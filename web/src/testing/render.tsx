// Draws a component as the app would: theme, cache, an address.
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRouter,
  RouterProvider,
} from "@tanstack/react-router";
import { type RenderResult, render } from "@testing-library/react";
import type { ReactNode } from "react";
import { SESSION_KEY } from "../api/queries";
import type { Me } from "../app/session";
import { theme } from "../app/theme";

/** With `me`, somebody is signed in. */
export async function draw(content: ReactNode, me?: Partial<Me>): Promise<RenderResult> {
  const root = createRootRoute({ component: () => content });
  const router = createRouter({
    routeTree: root,
    history: createMemoryHistory({ initialEntries: ["/"] }),
  });
  await router.load();
  const cache = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  if (me) cache.setQueryData(SESSION_KEY, me);
  return render(
    <MantineProvider theme={theme} env="test">
      <QueryClientProvider client={cache}>
        {/* The app registers its own router's type; this one has a single page. */}
        <RouterProvider router={router as never} />
      </QueryClientProvider>
    </MantineProvider>,
  );
}
