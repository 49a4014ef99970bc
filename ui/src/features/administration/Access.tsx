import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Schemas, api } from "@/api/client";
import { list } from "@/api/kinds";
import { useMay } from "@/app/session";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { TextField } from "@/components/Field";
import { Panel } from "@/components/Panel";
import { Refusal } from "@/components/Refusal";
import { Empty, Shown } from "@/components/States";
import { Roles } from "@/features/administration/Roles";
import { Sight } from "@/features/administration/Sight";
import { useText, wordsIn } from "@/lib/useText";

type Member = Schemas["MemberRecord"];

/** Who has which roles here, and what the roles allow. */
export function Access() {
  const may = useMay();
  return (
    <>
      {may("members:read") && (
        <Panel title="Members">
          <Members />
        </Panel>
      )}
      {may("roles:read") && (
        <Panel title="Roles">
          <Roles />
        </Panel>
      )}
    </>
  );
}

function Members() {
  const may = useMay();
  const [sees, setSees] = useState<string | undefined>(undefined);
  const members = useQuery({
    queryKey: ["list", "members"],
    queryFn: ({ signal }) => list<Member>("members", { filter: "status=active", limit: 1_000 }, signal),
  });
  return (
    <>
      {may("members:write") && <SetMember />}
      <Shown query={members}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="Nobody was given a role here">
              Roles that an account or an issuer states, and those given above, hold in any case.
            </Empty>
          ) : (
            <ul className="flex flex-col divide-y divide-line/60 text-sm">
              {items.map((member) => (
                <Line
                  key={member.key}
                  member={member}
                  onSight={() => {
                    setSees(member.id);
                  }}
                />
              ))}
            </ul>
          )
        }
      </Shown>
      {sees !== undefined && (
        <Sight
          id={sees}
          onClose={() => {
            setSees(undefined);
          }}
        />
      )}
    </>
  );
}

function Line({ member, onSight }: { member: Member; onSight: () => void }) {
  const client = useQueryClient();
  const may = useMay();
  const end = useMutation({
    mutationFn: () => api.DELETE("/api/v1/members/{id}", { params: { path: { id: member.id } } }),
    onSuccess: () => client.invalidateQueries(),
  });
  return (
    <li className="flex flex-wrap items-center gap-3 py-2">
      <span className="min-w-0 flex-1 basis-48 truncate font-medium">
        {member.label === "" ? member.id : `${member.label} (${member.id})`}
      </span>
      {member.roles.map((role) => (
        <Badge key={role}>{role}</Badge>
      ))}
      <Button aria-label={`What do they see? ${member.id}`} onClick={onSight}>
        What do they see?
      </Button>
      {may("members:write") && (
        <Button
          look="danger"
          aria-label={`Take roles of ${member.id}`}
          busy={end.isPending}
          onClick={() => {
            end.mutate();
          }}
        >
          Take roles
        </Button>
      )}
      {end.error !== null && (
        <div className="w-full">
          <Refusal error={end.error} />
        </div>
      )}
    </li>
  );
}

function SetMember() {
  const client = useQueryClient();
  const id = useText();
  const label = useText();
  const roles = useText();
  const set = useMutation({
    mutationFn: () =>
      api.PUT("/api/v1/members/{id}", {
        params: { path: { id: id.value.trim() } },
        body: { roles: wordsIn(roles.value), label: label.value.trim() },
      }),
    onSuccess: () => {
      id.set("");
      label.set("");
      roles.set("");
      return client.invalidateQueries();
    },
  });
  return (
    <form
      className="mb-3 flex flex-wrap items-start gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        set.mutate();
      }}
    >
      <div className="min-w-48 flex-1">
        <TextField
          label="Who"
          placeholder="user:ada"
          required
          hint="An account as user:NAME, somebody of an issuer as their entry in the audit log says."
          {...id.box}
        />
      </div>
      <div className="min-w-40 flex-1">
        <TextField label="Full name" maxLength={200} {...label.box} />
      </div>
      <div className="min-w-48 flex-1">
        <TextField
          label="Roles"
          placeholder="analyst"
          required
          hint="In place of those that they had here."
          {...roles.box}
        />
      </div>
      <Button
        type="submit"
        className="mt-6"
        busy={set.isPending}
        disabled={id.value.trim() === "" || roles.value.trim() === ""}
      >
        Give
      </Button>
      <div className="w-full">
        <Refusal error={set.error} />
      </div>
    </form>
  );
}
