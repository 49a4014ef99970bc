import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { TextField } from "@/components/Field";
import { QrCode } from "@/components/QrCode";
import { Refusal } from "@/components/Refusal";
import type { Account } from "@/features/account/AccountPage";
import { useText } from "@/lib/useText";

/** Adds an app that shows codes, confirms that it works, and gives the codes for a sheet of paper. */
export function Authenticator({ account }: { account: Account }) {
  const client = useQueryClient();
  const password = useText();
  const again = () => client.invalidateQueries({ queryKey: ["account"] });
  const begin = useMutation({
    mutationFn: async () =>
      body(await api.POST("/api/v1/account/code", { body: { password: password.value } })).data,
    onSuccess: () => {
      password.set("");
    },
  });
  const confirm = useMutation({
    mutationFn: async (code: string) =>
      body(await api.POST("/api/v1/account/code/confirmation", { body: { code } })).data,
    onSuccess: again,
  });
  const remove = useMutation({
    mutationFn: () => api.POST("/api/v1/account/code/removal", { body: { password: password.value } }),
    onSuccess: () => {
      password.set("");
      begin.reset();
      confirm.reset();
      return again();
    },
  });

  if (confirm.data !== undefined) return <Recovery codes={confirm.data.codes} />;
  if (begin.data !== undefined) {
    return (
      <Confirm
        address={begin.data.address}
        secret={begin.data.key}
        error={confirm.error}
        busy={confirm.isPending}
        onCode={confirm.mutate}
      />
    );
  }
  const isSet = account.factors.includes("code");
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        (isSet ? remove : begin).mutate();
      }}
    >
      <p className="text-sm">
        {isSet ? <Badge tone="good">set</Badge> : <Badge tone="medium">none</Badge>}{" "}
        {isSet && `${account.recovery_codes} recovery codes are left.`}
      </p>
      <TextField
        label={isSet ? "Password, to take the authenticator away" : "Password, to add an authenticator"}
        type="password"
        autoComplete="current-password"
        required
        {...password.box}
      />
      <Refusal error={isSet ? remove.error : begin.error} />
      <Button
        type="submit"
        look={isSet ? "danger" : "plain"}
        busy={begin.isPending || remove.isPending}
        disabled={password.value === ""}
      >
        {isSet ? "Take it away" : "Add an authenticator"}
      </Button>
    </form>
  );
}

interface ConfirmProps {
  address: string;
  secret: string;
  error: Error | null;
  busy: boolean;
  onCode: (code: string) => void;
}

function Confirm({ address, secret, error, busy, onCode }: ConfirmProps) {
  const code = useText();
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        onCode(code.value.trim());
      }}
    >
      <p className="text-sm">Let the app on your phone read this, then write what it shows.</p>
      <QrCode text={address} label="The key, for an authenticator to read" />
      <p className="text-xs text-quiet">
        Or type the key: <code className="font-mono break-all text-ink select-all">{secret}</code>
      </p>
      <TextField
        label="Code"
        inputMode="numeric"
        autoComplete="one-time-code"
        required
        maxLength={7}
        {...code.box}
      />
      <Refusal error={error} />
      <Button type="submit" look="primary" busy={busy} disabled={code.value.trim() === ""}>
        Confirm
      </Button>
    </form>
  );
}

function Recovery({ codes }: { codes: readonly string[] }) {
  return (
    <div className="flex flex-col gap-2 text-sm">
      <p role="status">
        The authenticator is set. Keep these codes on paper: each opens your account once, and they are not
        shown again.
      </p>
      <ul aria-label="Recovery codes" className="grid gap-1 font-mono text-xs select-all sm:grid-cols-2">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
    </div>
  );
}
