/** Signing in with an account or an issuer. The session's token goes into a cookie that scripts cannot read. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/api/client";

export interface Proof {
  user: string;
  password: string;
  code: string;
}

/** What stands behind the `#` is sent to no server. */
const INVITATION = /^#invitation=([^:]+):([\w-]+)$/;
const DEVICE = "#device";
const REFUSED = "#signin=refused";

export function useWays() {
  return useQuery({
    queryKey: ["signin"],
    queryFn: async ({ signal }) => body(await api.GET("/api/v1/signin", { signal })).data,
    staleTime: Infinity,
  });
}

/** Sign in; answers which second factors are asked for, or nothing when it is done. */
export function usePasswordSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (proof: Proof) =>
      body(await api.POST("/api/v1/signin/password", { body: { ...proof, cookie: true } })).data,
    onSuccess: async (signed) => {
      if (signed.session !== null) await client.resetQueries();
    },
  });
}

export function useInvitation() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (given: { user: string; code: string; password: string }) =>
      body(await api.POST("/api/v1/signin/invitation", { body: { ...given, cookie: true } })).data,
    onSuccess: async () => {
      forgetHash();
      await client.resetQueries();
    },
  });
}

export function useDevice() {
  return useMutation({
    mutationFn: async (code: string) =>
      body(await api.GET("/api/v1/device", { params: { query: { user_code: code } } })).data,
  });
}

export function useApproval() {
  return useMutation({
    mutationFn: async (said: { code: string; approved: boolean }) =>
      body(
        await api.POST("/api/v1/device/approval", {
          body: { user_code: said.code, approved: said.approved },
        }),
      ).data,
  });
}

export function invitationIn(hash: string): { user: string; code: string } | null {
  const found = INVITATION.exec(hash);
  return found?.[1] === undefined || found[2] === undefined
    ? null
    : { user: decodeURIComponent(found[1]), code: found[2] };
}

export function isDevice(hash: string): boolean {
  return hash === DEVICE;
}

export function wasRefused(hash: string): boolean {
  return hash === REFUSED;
}

export function forgetHash(): void {
  window.history.replaceState(null, "", window.location.pathname + window.location.search);
}
