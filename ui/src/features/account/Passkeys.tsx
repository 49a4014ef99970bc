import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { Button } from "@/components/Button";
import { TextField } from "@/components/Field";
import { Refusal } from "@/components/Refusal";
import type { Account } from "@/features/account/AccountPage";
import { useWays } from "@/features/signin/account";
import { knowsPasskeys, useAddPasskey } from "@/features/signin/passkeys";
import { useText } from "@/lib/useText";

/** Passkeys of the account. Each change takes the password, also from who sits at an open session. */
export function Passkeys({ account }: { account: Account }) {
  const client = useQueryClient();
  const label = useText();
  const password = useText();
  const offered = useWays().data?.passkey === true && knowsPasskeys();
  const add = useAddPasskey();
  const remove = useMutation({
    mutationFn: (gone: string) =>
      api.POST("/api/v1/account/passkeys/removal", { body: { password: password.value, label: gone } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["account"] }),
  });
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate(
          { password: password.value, label: label.value.trim() },
          {
            onSuccess: () => {
              label.set("");
              password.set("");
            },
          },
        );
      }}
    >
      {account.passkeys.length === 0 ? (
        <p className="text-sm text-quiet">None yet. A passkey opens the account without a password.</p>
      ) : (
        <ul className="flex flex-col divide-y divide-line/60 text-sm">
          {account.passkeys.map((name) => (
            <li key={name} className="flex items-center justify-between gap-2 py-1.5">
              <span className="min-w-0 truncate">{name}</span>
              <Button
                look="danger"
                aria-label={`Take ${name} away`}
                busy={remove.isPending && remove.variables === name}
                disabled={password.value === ""}
                onClick={() => {
                  remove.mutate(name);
                }}
              >
                Take away
              </Button>
            </li>
          ))}
        </ul>
      )}
      <TextField
        label="Password, for either"
        type="password"
        autoComplete="current-password"
        {...password.box}
      />
      {offered ? (
        <>
          <TextField label="Name of the passkey" placeholder="laptop" maxLength={100} {...label.box} />
          <Button
            type="submit"
            busy={add.isPending}
            disabled={password.value === "" || label.value.trim() === ""}
          >
            Add a passkey
          </Button>
        </>
      ) : (
        <p className="text-xs text-quiet">This server, or this browser, cannot add one here.</p>
      )}
      <Refusal error={add.error ?? remove.error} />
    </form>
  );
}
