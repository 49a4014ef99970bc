import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { client } from "@/app/client";
import { router } from "@/app/router";
import { sessionQuery } from "@/app/session";
import { startTheme } from "@/app/theme";
import "@/styles.css";

const root = document.getElementById("root");
if (root === null) throw new Error("the page has no root");

startTheme();
// It is on its way while the first view is put together.
client.query(sessionQuery).catch(() => {
  // The page tells it.
});
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
