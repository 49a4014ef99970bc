import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { type Schemas, api, body } from "@/api/client";
import { inOrganisation } from "@/api/organisation";
import { useMay, useSession } from "@/app/session";
import { Badge, type Tone } from "@/components/Badge";
import { Button } from "@/components/Button";
import { KeyValues } from "@/components/Evidence";
import { SelectField, TextField } from "@/components/Field";
import { Panel } from "@/components/Panel";
import { Refusal } from "@/components/Refusal";
import { Empty, Failure, Loading } from "@/components/States";
import { count, moment } from "@/lib/format";

type Item = Schemas["AuditItem"];
type Ending = "" | "allowed" | "failed" | "refused";

interface Asked {
  actor: string;
  action: string;
  object: string;
  address: string;
  request_id: string;
  since: string;
  until: string;
  ending: Ending;
}

const NOTHING: Asked = {
  actor: "",
  action: "",
  object: "",
  address: "",
  request_id: "",
  since: "",
  until: "",
  ending: "",
};
const ENDINGS = [
  ["", "any"],
  ["allowed", "allowed"],
  ["refused", "refused"],
  ["failed", "failed"],
] as const;
const TONES: Readonly<Record<string, Tone>> = { allowed: "quiet", refused: "medium", failed: "critical" };

/** Who did or tried what; whether the log is still what was written. */
export function Audit() {
  const session = useSession().data;
  const [installation, setInstallation] = useState(false);
  return (
    <>
      {session?.method === "token" && (
        <div role="group" aria-label="Which log" className="flex gap-1">
          {[false, true].map((one) => (
            <Button
              key={String(one)}
              aria-pressed={installation === one}
              className="aria-pressed:border-accent"
              onClick={() => {
                setInstallation(one);
              }}
            >
              {one ? "Installation" : "Organisation"}
            </Button>
          ))}
        </div>
      )}
      <Panel title="Does the log hold?">
        <Verification key={String(installation)} installation={installation} />
      </Panel>
      <Panel title="Entries">
        <Entries installation={installation} />
      </Panel>
    </>
  );
}

function Verification({ installation }: { installation: boolean }) {
  const may = useMay();
  const verify = useMutation({
    mutationFn: async () =>
      body(await api.GET("/api/v1/audit/verification", { params: { query: { installation } } })).data,
  });
  const found = verify.data;
  const exported = (format: string) =>
    inOrganisation(`/api/v1/audit/exports/${format}?installation=${String(installation)}`);
  return (
    <div className="flex flex-col gap-3 text-sm">
      <div className="flex flex-wrap items-center gap-2">
        <Button
          look="primary"
          busy={verify.isPending}
          onClick={() => {
            verify.mutate();
          }}
        >
          Verify
        </Button>
        {may("audit:export") &&
          ["jsonl", "csv"].map((format) => (
            <a
              key={format}
              href={exported(format)}
              download={`audit.${format}`}
              className="inline-flex min-h-8 items-center rounded-md border border-line px-2.5 py-1 font-medium hover:bg-raised"
            >
              Export as {format === "csv" ? "CSV" : "JSON lines"}
            </a>
          ))}
      </div>
      <Refusal error={verify.error} />
      <div role="status" className="empty:hidden">
        {found?.holds === true && (
          <p className="text-good">
            It holds: {count(found.entries)} entries, from {count(found.first)} to {count(found.last)}, and{" "}
            {count(found.checkpoints)} signed checkpoints
            {found.last_checkpoint_at === null ? "" : `, the last of ${moment(found.last_checkpoint_at)}`}.
          </p>
        )}
        {found?.holds === false && (
          <>
            <p className="font-semibold text-critical">It is not what was written.</p>
            <ul className="mt-1 list-inside list-disc">
              {found.faults.map((fault, place) => (
                <li key={place} className="wrap-anywhere">
                  Entry {count(fault.sequence)}: {fault.reason}
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
    </div>
  );
}

function Entries({ installation }: { installation: boolean }) {
  const [written, setWritten] = useState(NOTHING);
  const [asked, setAsked] = useState(NOTHING);
  const found = useInfiniteQuery({
    queryKey: ["audit", installation, asked],
    queryFn: async ({ pageParam, signal }) =>
      body(
        await api.GET("/api/v1/audit", {
          params: {
            query: {
              ...asked,
              since: instantOf(asked.since),
              until: instantOf(asked.until),
              installation,
              cursor: pageParam,
            },
          },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.pagination.cursor ?? undefined,
    // Reading the log is an entry too: without this it would be read again for ever.
    staleTime: Infinity,
  });
  const box = (name: Exclude<keyof Asked, "ending">, label: string, hint = "") => (
    <div className="min-w-36 flex-1">
      <TextField
        label={label}
        placeholder={hint}
        value={written[name]}
        onChange={(event) => {
          setWritten({ ...written, [name]: event.target.value });
        }}
        {...(name === "since" || name === "until" ? { type: "datetime-local" } : {})}
      />
    </div>
  );
  return (
    <>
      <form
        className="mb-3 flex flex-wrap items-end gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          setAsked(written);
          // The same question once more asks for what came since.
          if (written === asked) void found.refetch();
        }}
      >
        {box("actor", "Actor")}
        {box("action", "Action", "risks:*")}
        {box("object", "Object")}
        {box("address", "Address")}
        {box("request_id", "Request")}
        {box("since", "Since")}
        {box("until", "Until")}
        <div className="w-32">
          <SelectField
            label="Ending"
            options={ENDINGS}
            value={written.ending}
            onChange={(event) => {
              setWritten({ ...written, ending: event.target.value as Ending });
            }}
          />
        </div>
        <Button type="submit" busy={found.isFetching}>
          Find
        </Button>
        <Button
          look="quiet"
          onClick={() => {
            setWritten(NOTHING);
            setAsked(NOTHING);
          }}
        >
          Clear
        </Button>
      </form>
      <Found
        items={found.data?.pages.flatMap(({ data }) => data)}
        error={found.error}
        retry={() => void found.refetch()}
      />
      {found.hasNextPage && (
        <Button className="mt-2" busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          Earlier entries
        </Button>
      )}
    </>
  );
}

function instantOf(local: string): string {
  return local === "" ? "" : new Date(local).toISOString();
}

function Found({
  items,
  error,
  retry,
}: {
  items: readonly Item[] | undefined;
  error: Error | null;
  retry: () => void;
}) {
  if (error !== null) return <Failure error={error} retry={retry} />;
  if (items === undefined) return <Loading />;
  if (items.length === 0) return <Empty title="No entry is like that" />;
  return (
    <ul aria-label="Audit entries" className="flex flex-col divide-y divide-line/60 text-sm">
      {items.map((item) => (
        <li key={item.sequence} className="py-1.5">
          <details>
            <summary className="flex cursor-pointer flex-wrap items-center gap-x-3 gap-y-0.5">
              <span className="w-14 text-right text-xs text-quiet tabular-nums">{count(item.sequence)}</span>
              <span className="text-xs whitespace-nowrap text-quiet">{moment(item.at)}</span>
              <span className="max-w-40 truncate font-medium">{item.actor || "nobody known"}</span>
              <span className="font-mono text-xs">{item.action}</span>
              <span className="min-w-0 flex-1 basis-40 truncate font-mono text-xs text-quiet">
                {item.object}
              </span>
              <Badge tone={TONES[item.ending] ?? "quiet"}>{item.ending}</Badge>
            </summary>
            <div className="mt-2 ml-4">
              <KeyValues values={detailsOf(item)} />
            </div>
          </details>
        </li>
      ))}
    </ul>
  );
}

function detailsOf(item: Item): Record<string, string> {
  const all = {
    at: item.at,
    object: item.object,
    address: item.address,
    request: item.request_id,
    before: item.before,
    after: item.after,
    ...item.details,
    hash: item.hash,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ""));
}
