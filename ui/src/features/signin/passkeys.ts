/** Passkeys: what the server asks, the browser answers with a key that never leaves the device. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/api/client";

type Answer = Record<string, unknown>;

/** Whether this browser, at this address, can use passkeys at all. */
export function knowsPasskeys(): boolean {
  return typeof PublicKeyCredential !== "undefined" && "parseRequestOptionsFromJSON" in PublicKeyCredential;
}

/** The API's description leaves open what is in it; the types made from that would allow nothing. */
function sent(answer: Answer): Record<string, never> {
  return answer as Record<string, never>;
}

function answerOf(credential: Credential | null): Answer {
  if (!(credential instanceof PublicKeyCredential)) throw new Error("The browser gave no passkey");
  const answer: unknown = credential.toJSON();
  return answer as Answer;
}

/** What a browser says when somebody closes its window is no sentence for people. */
function inWords(error: unknown): Error {
  if (!(error instanceof DOMException)) return error instanceof Error ? error : new Error(String(error));
  if (error.name === "NotAllowedError")
    return new Error("No passkey was used: it was cancelled, or took too long");
  if (error.name === "InvalidStateError")
    return new Error("This device already has a passkey of this account");
  if (error.name === "SecurityError") {
    return new Error("Passkeys hold for the server's public address alone; open this page there");
  }
  return new Error(error.message);
}

async function made(options: Answer): Promise<Answer> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
    options as unknown as PublicKeyCredentialCreationOptionsJSON,
  );
  return answerOf(await navigator.credentials.create({ publicKey }));
}

async function used(options: Answer): Promise<Answer> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
    options as unknown as PublicKeyCredentialRequestOptionsJSON,
  );
  return answerOf(await navigator.credentials.get({ publicKey }));
}

export function usePasskeySignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      const { options, state } = body(await api.POST("/api/v1/signin/passkey/challenge")).data;
      const answer = await used(options).catch((error: unknown) => {
        throw inWords(error);
      });
      return body(
        await api.POST("/api/v1/signin/passkey", { body: { state, answer: sent(answer), cookie: true } }),
      ).data;
    },
    onSuccess: () => client.resetQueries(),
  });
}

export function useAddPasskey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ password, label }: { password: string; label: string }) => {
      const { options, state } = body(
        await api.POST("/api/v1/account/passkeys/challenge", { body: { password } }),
      ).data;
      const answer = await made(options).catch((error: unknown) => {
        throw inWords(error);
      });
      return body(
        await api.POST("/api/v1/account/passkeys", { body: { state, answer: sent(answer), label } }),
      ).data;
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ["account"] }),
  });
}
