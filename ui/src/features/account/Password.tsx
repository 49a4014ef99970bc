import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { Button } from "@/components/Button";
import { TextField } from "@/components/Field";
import { Refusal } from "@/components/Refusal";
import type { Account } from "@/features/account/AccountPage";
import { useText } from "@/lib/useText";

/** Sets another password; all other sessions end by it. */
export function Password({ account }: { account: Account }) {
  const client = useQueryClient();
  const old = useText();
  const fresh = useText();
  const set = useMutation({
    mutationFn: () =>
      api.PUT("/api/v1/account/password", { body: { password: old.value, new_password: fresh.value } }),
    onSuccess: () => {
      old.set("");
      fresh.set("");
      return client.invalidateQueries({ queryKey: ["account"] });
    },
  });
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        set.mutate();
      }}
    >
      <input type="hidden" name="username" autoComplete="username" value={account.user} />
      <TextField label="Password now" type="password" autoComplete="current-password" required {...old.box} />
      <TextField
        label="New password"
        type="password"
        autoComplete="new-password"
        required
        hint={`At least ${account.factors.length > 0 ? 8 : 15} characters. All other sessions end.`}
        {...fresh.box}
      />
      <Refusal error={set.error} />
      <p role="status" className="text-sm text-good empty:hidden">
        {set.isSuccess && "It is set."}
      </p>
      <Button type="submit" busy={set.isPending} disabled={old.value === "" || fresh.value === ""}>
        Set the password
      </Button>
    </form>
  );
}
