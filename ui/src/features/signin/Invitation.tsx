import { type SyntheticEvent, useState } from "react";
import { useInvitation } from "@/features/signin/account";
import { Button } from "@/components/Button";
import { TextField } from "@/components/Field";

/** The first password of an account, or a new one, by the code of an invitation. */
export function Invitation({ user, code }: { user: string; code: string }) {
  const [password, setPassword] = useState("");
  const accept = useInvitation();

  function onSubmit(event: SyntheticEvent) {
    event.preventDefault();
    accept.mutate({ user, code, password });
  }

  return (
    <form onSubmit={onSubmit} className="flex flex-col gap-3 rounded-lg border border-line bg-panel p-5">
      <input type="hidden" name="username" autoComplete="username" value={user} />
      <TextField
        label={`New password for ${user}`}
        type="password"
        name="new-password"
        autoComplete="new-password"
        required
        value={password}
        onChange={(event) => {
          setPassword(event.target.value);
        }}
        hint="At least 15 characters; a few words that do not belong together are good. No special characters needed."
      />
      {accept.error !== null && (
        <p role="alert" className="text-sm text-critical">
          {accept.error.message}
        </p>
      )}
      <Button look="primary" type="submit" busy={accept.isPending} disabled={password === ""}>
        Set the password
      </Button>
    </form>
  );
}
