import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { type Schemas, api } from "@/api/client";
import { useOrganisations } from "@/app/organisations";
import { useChooseOrganisation, useMay, useSession } from "@/app/session";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { SelectField, TextField } from "@/components/Field";
import { Panel } from "@/components/Panel";
import { Refusal } from "@/components/Refusal";
import { Shown } from "@/components/States";
import { inTree } from "@/lib/tree";
import { useText } from "@/lib/useText";

type Place = Schemas["OrganisationPlace"];

/** The tree of organisations: what stands above may look at, and administer, what stands below. */
export function Organisations() {
  const organisations = useOrganisations();
  const may = useMay();
  const mayWrite = may("organisations:write");
  return (
    <Panel title="Organisations">
      {mayWrite && <AddOrganisation places={organisations.data ?? []} />}
      <Shown query={organisations}>
        {(found) => (
          <ul className="flex flex-col divide-y divide-line/60 text-sm">
            {inTree(found).map(({ item, depth }) => (
              <Line key={item.name} place={item} depth={depth} mayWrite={mayWrite} />
            ))}
          </ul>
        )}
      </Shown>
    </Panel>
  );
}

function useChange() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ name, suspended }: { name: string; suspended?: boolean }) => {
      const params = { path: { name } };
      if (suspended === undefined) await api.DELETE("/api/v1/organisations/{name}", { params });
      else await api.PATCH("/api/v1/organisations/{name}", { params, body: { suspended } });
    },
    onSuccess: () => client.invalidateQueries(),
  });
}

function Line({ place, depth, mayWrite }: { place: Place; depth: number; mayWrite: boolean }) {
  const session = useSession().data;
  const choose = useChooseOrganisation();
  const navigate = useNavigate();
  const change = useChange();
  const [ending, setEnding] = useState(false);
  const isThis = place.name === session?.organisation;
  const { name, title, suspended } = place;
  return (
    <li className="flex flex-wrap items-center gap-2 py-2">
      <span className="min-w-0 flex-1 truncate" style={{ paddingInlineStart: `${depth * 1.25}rem` }}>
        {title === "" ? name : `${title} (${name})`}
      </span>
      {suspended && <Badge tone="medium">suspended</Badge>}
      {isThis ? (
        <Badge tone="good">this one</Badge>
      ) : (
        <>
          {!suspended && (
            <Button
              aria-label={`Look at ${name}`}
              onClick={() => void navigate({ to: "/" }).then(() => choose(name))}
            >
              Look at
            </Button>
          )}
          {mayWrite && (
            <>
              <Button
                aria-label={`${suspended ? "Open" : "Suspend"} ${name}`}
                busy={change.isPending}
                onClick={() => {
                  change.mutate({ name, suspended: !suspended });
                }}
              >
                {suspended ? "Open again" : "Suspend"}
              </Button>
              <Button
                look="danger"
                aria-label={`End ${name}`}
                onClick={() => {
                  setEnding(true);
                }}
              >
                End
              </Button>
            </>
          )}
        </>
      )}
      <div className="w-full empty:hidden">
        <Refusal error={change.error} />
      </div>
      <Dialog
        open={ending}
        title={`End ${name}?`}
        onClose={() => {
          setEnding(false);
        }}
        actions={
          <>
            <Button
              onClick={() => {
                setEnding(false);
              }}
            >
              Keep it
            </Button>
            <Button
              look="danger"
              busy={change.isPending}
              onClick={() => {
                change.mutate(
                  { name },
                  {
                    onSettled: () => {
                      setEnding(false);
                    },
                  },
                );
              }}
            >
              End it
            </Button>
          </>
        }
      >
        Nobody may do anything in it from then on. What it holds stays kept, and its name stays taken.
      </Dialog>
    </li>
  );
}

function AddOrganisation({ places }: { places: readonly Place[] }) {
  const client = useQueryClient();
  const session = useSession().data;
  const name = useText();
  const title = useText();
  const parent = useText(session?.organisation ?? "");
  const add = useMutation({
    mutationFn: () =>
      api.POST("/api/v1/organisations", {
        body: { name: name.value.trim(), title: title.value.trim(), parent: parent.value },
      }),
    onSuccess: () => {
      name.set("");
      title.set("");
      return client.invalidateQueries({ queryKey: ["organisations"] });
    },
  });
  const above = inTree(places).map(
    ({ item, depth }) => [item.name, `${"\u00a0\u00a0".repeat(depth)}${item.name}`] as const,
  );
  // The installation's own token makes those that stand at the top.
  const options = session?.method === "token" ? [["", "none: at the top"] as const, ...above] : above;
  return (
    <form
      className="mb-3 flex flex-wrap items-start gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate();
      }}
    >
      <div className="w-44">
        <TextField label="Name" placeholder="globex" maxLength={63} required {...name.box} />
      </div>
      <div className="min-w-44 flex-1">
        <TextField label="Title" placeholder="Globex Corporation" maxLength={200} {...title.box} />
      </div>
      <div className="w-44">
        <SelectField label="Below" options={options} {...parent.box} />
      </div>
      <Button type="submit" className="mt-6" busy={add.isPending} disabled={name.value.trim() === ""}>
        Add
      </Button>
      <div className="w-full empty:hidden">
        <Refusal error={add.error} />
      </div>
    </form>
  );
}
