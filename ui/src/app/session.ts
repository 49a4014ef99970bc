/** Who is signed in. The session is a cookie that scripts cannot read; this page only learns whose it is. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ProblemError, api, body, problemOf } from "@/api/client";

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

export function useSession() {
  return useQuery({
    queryKey: KEY,
    queryFn: async ({ signal }) => {
      await redeemCode();
      return body(await api.GET(ADDRESS, { signal })).data;
    },
    staleTime: Infinity,
    retry: (failures, error) => error instanceof ProblemError && error.isOffline && failures < 3,
  });
}

export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (token: string) => change("POST", `Bearer ${token}`),
    onSuccess: () => client.resetQueries(),
  });
}

export function useSignOut() {
  return useMutation({
    mutationFn: () => change("DELETE"),
    // A new page holds nothing of what the session saw.
    onSuccess: () => {
      window.location.assign("/");
    },
  });
}
