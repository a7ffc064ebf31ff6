import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { queries } from "../api/queries";
import { Toasts } from "../ui/toast";
import { router } from "./router";
import { cssVariablesResolver, schemeManager, theme } from "./theme";

export function App() {
  return (
    <StrictMode>
      <MantineProvider
        theme={theme}
        colorSchemeManager={schemeManager}
        cssVariablesResolver={cssVariablesResolver}
        defaultColorScheme="auto"
      >
        <QueryClientProvider client={queries}>
          <Toasts />
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>
  );
}
