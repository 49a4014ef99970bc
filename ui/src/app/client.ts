import { QueryCache, QueryClient } from "@tanstack/react-query";
import { ProblemError } from "@/api/client";

/** What was read of the server, for all pages. */
export const client = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, { queryKey }) => {
      // The session may have ended elsewhere: asking whose it is shows the way back in.
      const isRefused = error instanceof ProblemError && error.status === 401;
      if (isRefused && queryKey[0] !== "session") void client.invalidateQueries({ queryKey: ["session"] });
    },
  }),
  defaultOptions: {
    // Whether the machine has a network says nothing about a server on the machine itself.
    mutations: { networkMode: "always" },
    queries: {
      networkMode: "always",
      staleTime: 10_000,
      // Only what may be different the next time is tried again; a refusal stays a refusal.
      retry: (failures, error) => error instanceof ProblemError && error.isOffline && failures < 2,
    },
  },
});
