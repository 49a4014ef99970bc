import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useId } from "react";
import { type Schemas, api } from "@/api/client";
import { list } from "@/api/kinds";
import { useMay } from "@/app/session";
import { AreaField } from "@/components/AreaField";
import { Button } from "@/components/Button";
import { TextField } from "@/components/Field";
import { Panel } from "@/components/Panel";
import { Refusal } from "@/components/Refusal";
import { Empty, Shown } from "@/components/States";
import { ago } from "@/lib/format";
import { useText } from "@/lib/useText";

type Setting = Schemas["SettingRecord"];

/** The names that mean something to the program; others are kept for whoever reads them. */
const NAMES = [
  "audit.retention-days",
  "ownership-in",
  "ownership-out",
  "ownership-words",
  "risk.criticality",
  "risk.sla",
  "risk.weights",
];

/** What the organisation decided otherwise than the program does by itself. */
export function Settings() {
  const may = useMay();
  const mayWrite = may("settings:write");
  const label = useText();
  const value = useText();
  const settings = useQuery({
    queryKey: ["list", "settings"],
    queryFn: ({ signal }) => list<Setting>("settings", { filter: "status=active", limit: 1_000 }, signal),
  });
  return (
    <Panel title="Settings">
      {mayWrite && <SetSetting label={label} value={value} />}
      <Shown query={settings}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="Everything is as it comes">
              The box above offers the names of the settings that there are.
            </Empty>
          ) : (
            <ul className="flex flex-col divide-y divide-line/60 text-sm">
              {items.map((setting) => (
                <Line
                  key={setting.key}
                  setting={setting}
                  mayWrite={mayWrite}
                  onEdit={() => {
                    label.set(setting.label);
                    value.set(setting.value);
                  }}
                />
              ))}
            </ul>
          )
        }
      </Shown>
    </Panel>
  );
}

function Line({ setting, mayWrite, onEdit }: { setting: Setting; mayWrite: boolean; onEdit: () => void }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => api.DELETE("/api/v1/settings/{label}", { params: { path: { label: setting.label } } }),
    onSuccess: () => client.invalidateQueries(),
  });
  return (
    <li className="flex flex-wrap items-center gap-3 py-2">
      <span className="min-w-0 basis-52 truncate font-medium">{setting.label}</span>
      <code className="min-w-0 flex-1 basis-52 font-mono text-xs wrap-anywhere">{setting.value}</code>
      <span className="text-xs text-quiet">{ago(setting.updated)}</span>
      {mayWrite && (
        <>
          <Button aria-label={`Change ${setting.label}`} onClick={onEdit}>
            Change
          </Button>
          <Button
            look="danger"
            aria-label={`Take back ${setting.label}`}
            busy={remove.isPending}
            onClick={() => {
              remove.mutate();
            }}
          >
            Take back
          </Button>
        </>
      )}
      {remove.error !== null && (
        <div className="w-full">
          <Refusal error={remove.error} />
        </div>
      )}
    </li>
  );
}

type Text = ReturnType<typeof useText>;

function SetSetting({ label, value }: { label: Text; value: Text }) {
  const client = useQueryClient();
  const names = useId();
  const set = useMutation({
    mutationFn: () =>
      api.PUT("/api/v1/settings/{label}", {
        params: { path: { label: label.value.trim() } },
        body: { value: value.value },
      }),
    onSuccess: () => {
      label.set("");
      value.set("");
      return client.invalidateQueries();
    },
  });
  return (
    <form
      className="mb-3 flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        set.mutate();
      }}
    >
      <div className="max-w-80">
        <TextField
          label="Name"
          placeholder="audit.retention-days"
          list={names}
          autoComplete="off"
          required
          {...label.box}
        />
        <datalist id={names}>
          {NAMES.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      </div>
      <AreaField label="Value" {...value.box} />
      <Refusal error={set.error} />
      <Button type="submit" className="self-start" busy={set.isPending} disabled={label.value.trim() === ""}>
        Set
      </Button>
    </form>
  );
}
