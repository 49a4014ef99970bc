import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Schemas, api, body } from "@/api/client";
import { list } from "@/api/kinds";
import { useMay } from "@/app/session";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { TextField } from "@/components/Field";
import { Panel } from "@/components/Panel";
import { Empty, Shown } from "@/components/States";

type Rule = Schemas["AlertRuleRecord"];

/** Who is told, of what. A rule can be tried out before anything happens. */
export function AlertRules() {
  const may = useMay();
  const mayWrite = may("alerts:write");
  const rules = useQuery({
    queryKey: ["list", "alertrules"],
    queryFn: ({ signal }) => list<Rule>("alertrules", { limit: 1_000 }, signal),
  });
  return (
    <Panel title="Alert rules">
      {mayWrite && <SetRule />}
      <Shown query={rules}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="Nobody is told of anything yet" />
          ) : (
            <ul className="flex flex-col divide-y divide-line/60 text-sm">
              {items.map((rule) => (
                <RuleLine key={rule.key} rule={rule} mayWrite={mayWrite} />
              ))}
            </ul>
          )
        }
      </Shown>
    </Panel>
  );
}

function RuleLine({ rule, mayWrite }: { rule: Rule; mayWrite: boolean }) {
  const client = useQueryClient();
  const params = { params: { path: { label: rule.label } } };
  const attempt = useMutation({
    mutationFn: async () => body(await api.POST("/api/v1/alertrules/{label}/trial", params)).data,
  });
  const end = useMutation({
    mutationFn: async () => {
      await api.DELETE("/api/v1/alertrules/{label}", params);
    },
    onSuccess: () => client.invalidateQueries(),
  });
  return (
    <li className="flex flex-wrap items-center gap-3 py-2">
      <span className="min-w-0 flex-1 truncate font-medium">{rule.label}</span>
      <span className="text-quiet">score from {rule.minimum_score}</span>
      {rule.known_exploited_only && <Badge tone="high">known exploited only</Badge>}
      <Badge>{rule.status}</Badge>
      {mayWrite && (
        <>
          <Button
            busy={attempt.isPending}
            onClick={() => {
              attempt.mutate();
            }}
          >
            Try it out
          </Button>
          <Button
            look="danger"
            busy={end.isPending}
            onClick={() => {
              end.mutate();
            }}
          >
            End
          </Button>
        </>
      )}
      <p role="status" className="w-full text-xs break-words">
        {attempt.data?.delivered === true && <span className="text-good">It arrived.</span>}
        {attempt.data?.delivered === false && (
          <span className="text-critical">It did not arrive: {attempt.data.reason}</span>
        )}
        {attempt.error !== null && <span className="text-critical">{attempt.error.message}</span>}
        {end.error !== null && <span className="text-critical">{end.error.message}</span>}
      </p>
    </li>
  );
}

function SetRule() {
  const client = useQueryClient();
  const [label, setLabel] = useState("");
  const [channel, setChannel] = useState("");
  const [minimum, setMinimum] = useState(70);
  const set = useMutation({
    mutationFn: async () => {
      await api.PUT("/api/v1/alertrules/{label}", {
        params: { path: { label: label.trim() } },
        body: { channel: channel.trim(), minimum_score: minimum } as never,
      });
    },
    onSuccess: () => {
      setLabel("");
      setChannel("");
      void client.invalidateQueries();
    },
  });
  return (
    <form
      className="flex flex-wrap items-start gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        set.mutate();
      }}
    >
      <div className="w-40">
        <TextField
          label="Name"
          placeholder="to-the-team"
          value={label}
          required
          onChange={(event) => {
            setLabel(event.target.value);
          }}
        />
      </div>
      <div className="min-w-56 flex-1">
        <TextField
          label="Channel"
          type="password"
          autoComplete="off"
          placeholder="https://hooks.example.com/…"
          value={channel}
          required
          hint={
            set.error === null
              ? "A webhook, or any address that apprise knows. It is kept as a secret."
              : set.error.message
          }
          onChange={(event) => {
            setChannel(event.target.value);
          }}
        />
      </div>
      <div className="w-28">
        <TextField
          label="From score"
          type="number"
          min={0}
          max={100}
          value={minimum}
          onChange={(event) => {
            setMinimum(event.target.valueAsNumber);
          }}
        />
      </div>
      <Button
        type="submit"
        className="mt-6"
        busy={set.isPending}
        disabled={label.trim() === "" || channel.trim() === ""}
      >
        Set
      </Button>
    </form>
  );
}
