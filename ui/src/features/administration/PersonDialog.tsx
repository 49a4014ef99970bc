import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, body } from "@/api/client";
import { useMay, useSession } from "@/app/session";
import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { TextField } from "@/components/Field";
import { Refusal } from "@/components/Refusal";
import { Secret } from "@/components/Secret";
import type { Account } from "@/features/administration/People";
import { useText, wordsIn } from "@/lib/useText";

/** Changes one account; each step is offered to those who have the permission for it. */
export function PersonDialog({ account, onClose }: { account: Account; onClose: () => void }) {
  const may = useMay();
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Account ${account.user}`}
      actions={<Button onClick={onClose}>Close</Button>}
    >
      <Stated account={account} />
      {may("users:write") && <WaysIn account={account} onGone={onClose} />}
    </Dialog>
  );
}

function Stated({ account }: { account: Account }) {
  const client = useQueryClient();
  const may = useMay();
  const label = useText(account.name);
  const roles = useText(account.roles.join(" "));
  const change = useMutation({
    mutationFn: () =>
      api.PATCH("/api/v1/users/{user}", {
        params: { path: { user: account.user } },
        body: {
          label: label.value.trim(),
          why: "",
          ...(may("users:grant") ? { roles: wordsIn(roles.value) } : {}),
        },
      }),
    onSuccess: () => client.invalidateQueries(),
  });
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate();
      }}
    >
      <TextField label="Full name" maxLength={200} {...label.box} />
      {may("users:grant") && (
        <TextField
          label="Roles"
          hint="Names of roles, with spaces between."
          placeholder="analyst"
          {...roles.box}
        />
      )}
      <Refusal error={change.error} />
      <div className="flex items-center gap-3">
        <Button type="submit" busy={change.isPending}>
          Keep
        </Button>
        <span role="status" className="text-sm text-good">
          {change.isSuccess && "It is kept."}
        </span>
      </div>
    </form>
  );
}

type Step = "invite" | "factors" | "suspend" | "remove";

function WaysIn({ account, onGone }: { account: Account; onGone: () => void }) {
  const client = useQueryClient();
  const session = useSession().data;
  const may = useMay();
  const [sure, setSure] = useState<Step | undefined>(undefined);
  const params = { path: { user: account.user } };
  const act = useMutation({
    mutationFn: async (step: Step): Promise<string> => {
      if (step === "invite") {
        return body(await api.POST("/api/v1/users/{user}/invitation", { params })).data.address;
      }
      if (step === "factors") await api.DELETE("/api/v1/users/{user}/factors", { params });
      if (step === "suspend") {
        await api.PATCH("/api/v1/users/{user}", { params, body: { suspended: !account.suspended, why: "" } });
      }
      if (step === "remove") await api.DELETE("/api/v1/users/{user}", { params });
      return "";
    },
    onSuccess: async (_, step) => {
      setSure(undefined);
      if (step === "remove") onGone();
      await client.invalidateQueries();
    },
  });
  // Nobody locks themselves out by one press.
  if (session?.subject === `user:${account.user}`) return null;
  const recovery: readonly (readonly [Step, string])[] = [
    ["invite", "Give a new link"],
    ["factors", "Take password and factors"],
  ];
  const steps: readonly (readonly [Step, string])[] = [
    ...(may("users:recover") ? recovery : []),
    ["suspend", account.suspended ? "Let in again" : "Suspend"],
    ["remove", "Remove"],
  ];
  return (
    <section aria-label="Ways in" className="mt-4 border-t border-line pt-4">
      <div className="flex flex-wrap gap-2">
        {steps.map(([step, words]) => (
          <Button
            key={step}
            look={step === "factors" || step === "remove" ? "danger" : "plain"}
            busy={act.isPending && act.variables === step}
            onClick={() => {
              if ((step === "factors" || step === "remove") && sure !== step) setSure(step);
              else act.mutate(step);
            }}
          >
            {sure === step ? `${words}: sure?` : words}
          </Button>
        ))}
      </div>
      <Refusal error={act.error} />
      {act.data !== undefined && act.data !== "" && (
        <Secret label="This link sets a new password, once:" value={act.data} />
      )}
    </section>
  );
}
