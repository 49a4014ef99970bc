import { ProblemError } from "@/api/client";

export const FIRST_TIME =
  "The first question after the server started takes longest: it puts the whole graph together for it. The other pages go on meanwhile.";

const MOST_TIMES = 30;

/** A server that says that it needs longer goes on putting the graph together: it is asked again until it is there. */
export const PATIENT = {
  retry: (failures: number, error: Error) =>
    error instanceof ProblemError && (error.status === 503 || error.isOffline) && failures < MOST_TIMES,
  retryDelay: 1_000,
};
