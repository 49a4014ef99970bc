import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Schemas, api, body } from "@/api/client";
import { type AnyRecord, list } from "@/api/kinds";
import { useMay } from "@/app/session";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { SelectField, TextField } from "@/components/Field";
import { Panel } from "@/components/Panel";
import { Secret } from "@/components/Secret";
import { Empty, Shown } from "@/components/States";
import { moment } from "@/lib/format";
import { useText, wordsIn } from "@/lib/useText";

type ApiKey = AnyRecord &
  Pick<Schemas["ApiKeyRecord"], "label" | "permissions" | "expires_at" | "id" | "networks">;

const READ = [
  "entities:read",
  "scans:read",
  "queues:read",
  "capabilities:read",
  "intelligence:read",
  "exports:read",
  "files:read",
];
const MAY: readonly (readonly [string, string, readonly string[]])[] = [
  ["read", "Read everything", READ],
  ["write", "Write what scanners saw", [...READ, "observations:write", "imports:write"]],
  ["all", "Everything that you may", ["*"]],
];

/** Keys for programs. A key is shown once, when it is made. */
export function Keys() {
  const client = useQueryClient();
  const [label, setLabel] = useState("");
  const [may, setMay] = useState("read");
  const [until, setUntil] = useState("");
  const networks = useText();
  const mayWrite = useMay()("keys:write");
  const keys = useQuery({
    queryKey: ["list", "apikeys"],
    queryFn: ({ signal }) => list<ApiKey>("apikeys", { limit: 1_000 }, signal),
  });
  const make = useMutation({
    mutationFn: async () =>
      body(
        await api.POST("/api/v1/keys", {
          body: {
            label: label.trim(),
            permissions: [...(MAY.find(([name]) => name === may)?.[2] ?? READ)],
            expires_at: until === "" ? null : new Date(until).toISOString(),
            networks: wordsIn(networks.value),
          },
        }),
      ).data,
    onSuccess: () => {
      setLabel("");
      networks.set("");
      void client.invalidateQueries();
    },
  });
  const revoke = useMutation({
    mutationFn: async (id: string) => {
      await api.DELETE("/api/v1/keys/{id}", { params: { path: { id } } });
    },
    onSuccess: () => client.invalidateQueries(),
  });
  return (
    <Panel title="API keys">
      {mayWrite && (
        <form
          className="flex flex-wrap items-start gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            make.mutate();
          }}
        >
          <div className="min-w-40 flex-1">
            <TextField
              label="Name"
              placeholder="nightly-report"
              value={label}
              maxLength={100}
              required
              hint={make.error === null ? "Lower-case letters, digits, dots and dashes." : make.error.message}
              onChange={(event) => {
                setLabel(event.target.value);
              }}
            />
          </div>
          <div className="w-52">
            <SelectField
              label="It may"
              value={may}
              options={MAY.map(([name, words]) => [name, words] as const)}
              onChange={(event) => {
                setMay(event.target.value);
              }}
            />
          </div>
          <TextField
            label="Until"
            type="date"
            value={until}
            onChange={(event) => {
              setUntil(event.target.value);
            }}
          />
          <div className="min-w-40 flex-1">
            <TextField
              label="From"
              placeholder="anywhere, or 192.0.2.0/24"
              hint="Networks that it works from; behind a proxy, the proxy's."
              {...networks.box}
            />
          </div>
          <Button type="submit" className="mt-6" busy={make.isPending} disabled={label.trim() === ""}>
            Make a key
          </Button>
        </form>
      )}
      {make.data !== undefined && (
        <Secret label="Copy it now, it is not shown again:" value={make.data.key} />
      )}
      <Shown query={keys}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No keys yet" />
          ) : (
            <ul className="flex flex-col divide-y divide-line/60 text-sm">
              {items.map((key) => (
                <li key={key.key} className="flex flex-wrap items-center gap-3 py-2">
                  <span className="min-w-0 flex-1 truncate font-medium">{key.label}</span>
                  <span className="text-xs text-quiet">{key.permissions.join(", ")}</span>
                  {key.expires_at != null && (
                    <span className="text-xs text-quiet">until {moment(key.expires_at)}</span>
                  )}
                  {key.networks.length > 0 && (
                    <span className="text-xs text-quiet">from {key.networks.join(", ")}</span>
                  )}
                  <Badge>{key.status}</Badge>
                  {mayWrite && (
                    <Button
                      look="danger"
                      busy={revoke.isPending && revoke.variables === key.id}
                      onClick={() => {
                        revoke.mutate(key.id);
                      }}
                    >
                      Take back
                    </Button>
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
    </Panel>
  );
}
