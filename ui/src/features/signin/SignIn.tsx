import { type SyntheticEvent, useState } from "react";
import { ProblemError } from "@/api/client";
import { useSignIn } from "@/app/session";
import { AccountForm } from "@/features/signin/AccountForm";
import { Invitation } from "@/features/signin/Invitation";
import { invitationIn } from "@/features/signin/account";
import { Button } from "@/components/Button";
import { TextField } from "@/components/Field";
import { Failure } from "@/components/States";

export function SignIn({ problem }: { problem: Error | null }) {
  const [token, setToken] = useState("");
  const signIn = useSignIn();
  const invitation = invitationIn(window.location.hash);

  if (problem !== null && !(problem instanceof ProblemError && problem.status === 401)) {
    return (
      <Failure
        error={problem}
        retry={() => {
          window.location.reload();
        }}
      />
    );
  }

  function onSubmit(event: SyntheticEvent) {
    event.preventDefault();
    signIn.mutate(token.trim());
  }

  return (
    <main className="mx-auto flex min-h-full max-w-sm flex-col justify-center gap-6 p-6">
      <div className="flex items-center gap-3">
        <img src="/mark.svg" alt="" width="40" height="40" />
        <div>
          <h1 className="text-xl font-semibold">Chariot</h1>
          <p className="text-sm text-quiet">Know what you expose, and what to fix first.</p>
        </div>
      </div>
      {invitation === null ? <AccountForm /> : <Invitation {...invitation} />}
      <form onSubmit={onSubmit} className="flex flex-col gap-3 rounded-lg border border-line bg-panel p-5">
        <TextField
          label="Access token"
          type="password"
          name="token"
          autoComplete="current-password"
          required
          value={token}
          onChange={(event) => {
            setToken(event.target.value);
          }}
          hint="It stands in the file api-token of the server's data folder, or is a key that you were given."
        />
        {signIn.error !== null && (
          <p role="alert" className="text-sm text-critical">
            {signIn.error instanceof ProblemError && signIn.error.status === 401
              ? "The server does not know this token."
              : signIn.error.message}
          </p>
        )}
        <Button type="submit" busy={signIn.isPending} disabled={token.trim() === ""}>
          Sign in
        </Button>
      </form>
    </main>
  );
}
