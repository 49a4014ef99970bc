import { type SyntheticEvent, useState } from "react";
import { usePasswordSignIn, useWays, wasRefused } from "@/features/signin/account";
import { knowsPasskeys, usePasskeySignIn } from "@/features/signin/passkeys";
import { Button } from "@/components/Button";
import { TextField } from "@/components/Field";

/** User name and password, the second factor once it is asked for, and the issuers that sign people in. */
export function AccountForm() {
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const signIn = usePasswordSignIn();
  const passkey = usePasskeySignIn();
  const ways = useWays().data;
  const issuers = ways?.issuers ?? [];
  const needs = signIn.data?.needs ?? [];
  const asksForCode = needs.includes("code");

  function onSubmit(event: SyntheticEvent) {
    event.preventDefault();
    signIn.mutate({ user: user.trim(), password, code: code.trim() });
  }

  return (
    <form onSubmit={onSubmit} className="flex flex-col gap-3 rounded-lg border border-line bg-panel p-5">
      <TextField
        label="User name"
        name="username"
        autoComplete="username"
        required
        value={user}
        onChange={(event) => {
          setUser(event.target.value);
        }}
      />
      <TextField
        label="Password"
        type="password"
        name="password"
        autoComplete="current-password"
        required
        value={password}
        onChange={(event) => {
          setPassword(event.target.value);
        }}
      />
      {asksForCode && (
        <TextField
          label="Code"
          name="code"
          autoComplete="one-time-code"
          inputMode="text"
          required
          value={code}
          onChange={(event) => {
            setCode(event.target.value);
          }}
          hint="What your authenticator shows, or a recovery code."
        />
      )}
      <p role="alert" className="text-sm text-critical empty:hidden">
        {(signIn.error ?? passkey.error)?.message}
        {signIn.error === null &&
          passkey.error === null &&
          wasRefused(window.location.hash) &&
          "That sign-in was not accepted; an administrator finds the reason in the audit log."}
      </p>
      <Button
        look="primary"
        type="submit"
        busy={signIn.isPending}
        disabled={user.trim() === "" || password === ""}
      >
        Continue
      </Button>
      {needs.length > 0 && needs.every((way) => way === "passkey") && (
        <p className="text-sm">This account asks for its passkey.</p>
      )}
      {ways?.passkey === true && knowsPasskeys() && (
        <Button
          busy={passkey.isPending}
          onClick={() => {
            signIn.reset();
            passkey.mutate();
          }}
        >
          Use a passkey
        </Button>
      )}
      {issuers.map((issuer) => (
        <a
          key={issuer.name}
          href={`/api/v1/session/begin?issuer=${encodeURIComponent(issuer.name)}`}
          className="inline-flex min-h-8 items-center justify-center rounded-md border border-line px-2.5 py-1 text-sm font-medium hover:bg-raised"
        >
          Use {issuer.title}
        </a>
      ))}
    </form>
  );
}
