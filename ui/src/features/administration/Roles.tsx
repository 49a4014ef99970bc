import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Schemas, api } from "@/api/client";
import { list } from "@/api/kinds";
import { useMay } from "@/app/session";
import { AreaField } from "@/components/AreaField";
import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { SelectField, TextField } from "@/components/Field";
import { Refusal } from "@/components/Refusal";
import { Shown } from "@/components/States";
import { limitsOf, roleBody } from "@/features/administration/roleBody";
import { useText } from "@/lib/useText";

export type Role = Schemas["RoleRecord"];
const SHIPPED = [
  ["admin", "does everything, and says who may do what"],
  ["analyst", "scans, triages, imports, comments; no keys, members, roles or settings"],
  ["read-only", "looks, and changes nothing"],
] as const;
const SEVERITIES = ["", "info", "low", "medium", "high", "critical"].map(
  (one) => [one, one === "" ? "any" : one] as const,
);

/** The roles of the organisation's own, beside those that every organisation has. */
export function Roles() {
  const may = useMay();
  const [edited, setEdited] = useState<Role | "new" | undefined>(undefined);
  const roles = useQuery({
    queryKey: ["list", "roles"],
    queryFn: ({ signal }) => list<Role>("roles", { filter: "status=active", limit: 1_000 }, signal),
  });
  return (
    <>
      <ul className="flex flex-col divide-y divide-line/60 text-sm">
        {SHIPPED.map(([name, words]) => (
          <li key={name} className="flex flex-wrap gap-3 py-2">
            <span className="w-32 font-medium">{name}</span>
            <span className="min-w-0 flex-1 text-quiet">{words}</span>
          </li>
        ))}
      </ul>
      <Shown query={roles} rows={1}>
        {({ items }) => (
          <ul className="flex flex-col divide-y divide-line/60 border-t border-line/60 text-sm">
            {items.map((role) => (
              <li key={role.key} className="flex flex-wrap items-center gap-3 py-2">
                <span className="w-32 truncate font-medium">{role.label}</span>
                <span className="min-w-0 flex-1 basis-60">
                  <span className="block text-quiet">{role.title}</span>
                  <span className="block font-mono text-xs wrap-anywhere">{role.permissions.join(" ")}</span>
                  {limitsOf(role) !== "" && <span className="block text-xs">{limitsOf(role)}</span>}
                </span>
                {may("roles:write") && (
                  <Button
                    aria-label={`Change ${role.label}`}
                    onClick={() => {
                      setEdited(role);
                    }}
                  >
                    Change
                  </Button>
                )}
              </li>
            ))}
          </ul>
        )}
      </Shown>
      {may("roles:write") && (
        <Button
          className="mt-2"
          onClick={() => {
            setEdited("new");
          }}
        >
          New role
        </Button>
      )}
      {edited !== undefined && (
        <Editor
          role={edited === "new" ? undefined : edited}
          onClose={() => {
            setEdited(undefined);
          }}
        />
      )}
    </>
  );
}

function Editor({ role, onClose }: { role: Role | undefined; onClose: () => void }) {
  const client = useQueryClient();
  const label = useText(role?.label);
  const title = useText(role?.title);
  const permissions = useText(role?.permissions.join("\n"));
  const kinds = useText(role?.kinds.join(" "));
  const tags = useText(role?.asset_tags.join(" "));
  const netblocks = useText(role?.netblocks.join(" "));
  const names = useText(role?.names.join(" "));
  const severity = useText(role?.highest_severity ?? "");
  const rate = useText(role?.requests_per_s?.toString());
  const params = { path: { label: label.value.trim() } };
  const done = async () => {
    await client.invalidateQueries();
    onClose();
  };
  const put = useMutation({
    mutationFn: () =>
      api.PUT("/api/v1/roles/{label}", {
        params,
        body: roleBody({
          title: title.value,
          permissions: permissions.value,
          kinds: kinds.value,
          tags: tags.value,
          netblocks: netblocks.value,
          names: names.value,
          severity: severity.value,
          rate: rate.value,
        }),
      }),
    onSuccess: done,
  });
  const end = useMutation({
    mutationFn: () => api.DELETE("/api/v1/roles/{label}", { params }),
    onSuccess: done,
  });
  return (
    <Dialog open onClose={onClose} title={role === undefined ? "New role" : `Role ${role.label}`}>
      <form
        className="grid gap-3 sm:grid-cols-2"
        onSubmit={(event) => {
          event.preventDefault();
          put.mutate();
        }}
      >
        <TextField
          label="Name"
          placeholder="web-team"
          required
          readOnly={role !== undefined}
          {...label.box}
        />
        <TextField label="What it is for" maxLength={200} {...title.box} />
        <div className="sm:col-span-2">
          <AreaField
            label="Permissions"
            required
            placeholder={"entities:read\nrisks:*"}
            hint="Resource and action; * stands for all."
            {...permissions.box}
          />
        </div>
        <TextField label="Kinds" placeholder="all" {...kinds.box} />
        <TextField label="Tags of assets" placeholder="all, or env=prod" {...tags.box} />
        <TextField label="Netblocks" placeholder="all, or 192.0.2.0/24" {...netblocks.box} />
        <TextField label="Names and below" placeholder="all, or shop.example.com" {...names.box} />
        <SelectField label="Risks up to" options={SEVERITIES} {...severity.box} />
        <TextField label="Requests a second" type="number" min={1} max={100_000} {...rate.box} />
        <div className="sm:col-span-2">
          <Refusal error={put.error ?? end.error} />
        </div>
        <div className="flex justify-end gap-2 sm:col-span-2">
          <Button onClick={onClose}>Leave it</Button>
          {role !== undefined && (
            <Button
              look="danger"
              busy={end.isPending}
              onClick={() => {
                end.mutate();
              }}
            >
              End the role
            </Button>
          )}
          <Button type="submit" look="primary" busy={put.isPending} disabled={label.value.trim() === ""}>
            Keep
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
