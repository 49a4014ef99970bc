/** Who is signed in. The session is a cookie that scripts cannot read; this page only learns whose it is. */
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ProblemError, api, body, problemOf } from "@/api/client";
import { chooseOrganisation, chosenOrganisation } from "@/api/organisation";
import { covers } from "@/lib/permissions";

const KEY = ["session"];
const ADDRESS = "/api/v1/session";
/** A link that the server printed carries a code that begins one session. */
const CODE = /^#code=([\w-]+)$/;

// Beginning and ending a session set the cookie; they belong to the pages, not to the described API.
async function change(method: "POST" | "DELETE", authorization = ""): Promise<void> {
  const headers: HeadersInit = authorization === "" ? {} : { authorization };
  const answer = await fetch(ADDRESS, { method, headers, credentials: "same-origin" });
  if (!answer.ok) throw new ProblemError(await problemOf(answer));
}

async function redeemCode(): Promise<void> {
  const code = CODE.exec(window.location.hash)?.[1];
  if (code === undefined) return;
  // The code is worth nothing after this, and need not stand in the browser's history.
  window.history.replaceState(null, "", window.location.pathname + window.location.search);
  // A code that is not known any more is no failure: whoever has a session keeps it, others are asked for a token.
  await change("POST", `Code ${code}`).catch(() => undefined);
}

function isDenied(error: unknown): boolean {
  return error instanceof ProblemError && (error.status === 403 || error.status === 422);
}

/** Kept for the next visit: whoever was signed in when the page was closed most likely still is. */
const WAS_SIGNED_IN = "chariot.signed-in";

/** True where asking for data before it is known who asks will hardly be in vain. */
export function isLikelySignedIn(): boolean {
  return localStorage.getItem(WAS_SIGNED_IN) !== null && window.location.hash === "";
}

async function whoIsThere(signal: AbortSignal) {
  try {
    return body(await api.GET(ADDRESS, { signal })).data;
  } catch (error) {
    // What was chosen may have been closed, or taken away; the session's own organisation is still there.
    if (!isDenied(error) || chosenOrganisation() === "") throw error;
    chooseOrganisation("");
    return body(await api.GET(ADDRESS, { signal })).data;
  }
}

export const sessionQuery = queryOptions({
  queryKey: KEY,
  queryFn: async ({ signal }) => {
    await redeemCode();
    try {
      const session = await whoIsThere(signal);
      localStorage.setItem(WAS_SIGNED_IN, "yes");
      return session;
    } catch (error) {
      if (error instanceof ProblemError && error.status === 401) localStorage.removeItem(WAS_SIGNED_IN);
      throw error;
    }
  },
  staleTime: Infinity,
  retry: (failures, error) => error instanceof ProblemError && error.isOffline && failures < 3,
});

export function useSession() {
  return useQuery(sessionQuery);
}

export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (token: string) => change("POST", `Bearer ${token}`),
    onSuccess: () => client.resetQueries(),
  });
}

/** Tells what the session may do; what it may not is not offered. The server decides in any case. */
export function useMay(): (permission: string) => boolean {
  const held = useSession().data?.permissions ?? [];
  return (permission) => covers(held, permission);
}

/** Look at another organisation: nothing that was seen of the one before stays. */
export function useChooseOrganisation(): (name: string) => Promise<void> {
  const client = useQueryClient();
  return async (name) => {
    chooseOrganisation(name);
    await client.cancelQueries();
    await client.resetQueries();
  };
}

export function useSignOut() {
  return useMutation({
    mutationFn: () => change("DELETE"),
    // A new page holds nothing of what the session saw.
    onSuccess: () => {
      localStorage.removeItem(WAS_SIGNED_IN);
      chooseOrganisation("");
      window.location.assign("/");
    },
  });
}
