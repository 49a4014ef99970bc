import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { type Schemas, api, body } from "@/api/client";
import { Button } from "@/components/Button";
import { EntityLink } from "@/components/EntityLink";
import { TextField } from "@/components/Field";
import { Panel } from "@/components/Panel";
import { Empty, Shown } from "@/components/States";
import { count, moment } from "@/lib/format";
import { saveText } from "@/lib/save";

type Line = Schemas["JournalLine"];
const PAGE = 200;
const EXPORT_PAGE = 5_000;
/** What one file of an export holds at most: a browser keeps it in memory. */
const EXPORT_LINES = 200_000;

export interface JournalProps {
  address: string;
  onAddress: (address: string) => void;
}

async function linesAfter(
  after: number,
  limit: number,
  address: string,
  signal?: AbortSignal,
): Promise<Line[]> {
  const query = { after, limit, ...(address === "" ? {} : { address }) };
  return body(await api.GET("/api/v1/scope/journal", { params: { query }, signal: signal ?? null })).data;
}

/** What was sent to whom, when, why and by whose word. */
export function Journal({ address, onAddress }: JournalProps) {
  const [draft, setDraft] = useState(address);
  const [first, setFirst] = useState(0);
  const found = useInfiniteQuery({
    queryKey: ["journal", address, first],
    queryFn: ({ pageParam, signal }) => linesAfter(pageParam, PAGE, address, signal),
    initialPageParam: first,
    getNextPageParam: (page) => (page.length < PAGE ? undefined : page[page.length - 1]?.number),
  });
  const verify = useMutation({
    mutationFn: async () => body(await api.GET("/api/v1/scope/journal/verification")).data,
  });
  const save = useMutation({ mutationFn: () => exported(address) });
  const error = verify.error ?? save.error;
  const holds = verify.data;
  return (
    <Panel title="What was sent">
      <form
        className="mb-3 flex flex-wrap items-end gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          onAddress(draft.trim());
        }}
      >
        <div className="w-60">
          <TextField
            label="Only to the address"
            placeholder="192.0.2.7"
            maxLength={60}
            value={draft}
            onChange={(event) => {
              setDraft(event.target.value);
            }}
          />
        </div>
        <Button type="submit">Show</Button>
        <Button
          busy={save.isPending}
          onClick={() => {
            save.mutate();
          }}
        >
          Export
        </Button>
        <Button
          busy={verify.isPending}
          onClick={() => {
            verify.mutate();
          }}
        >
          Verify
        </Button>
      </form>
      <div role="status" className="text-sm empty:hidden">
        {holds !== undefined && (
          <p className={`mb-2 wrap-anywhere ${holds.fault === "" ? "text-good" : "text-critical"}`}>
            {holds.fault === ""
              ? `All ${count(holds.lines)} lines are as they were written.`
              : `${count(holds.lines)} lines hold; then: ${holds.fault}`}
            {address === "" && holds.lines > PAGE && (
              <Button
                look="quiet"
                onClick={() => {
                  setFirst(first === 0 ? Math.max(0, holds.lines - PAGE) : 0);
                }}
              >
                {first === 0 ? "Show the latest" : "Show from the beginning"}
              </Button>
            )}
          </p>
        )}
      </div>
      {error !== null && (
        <p role="alert" className="mb-2 text-sm wrap-anywhere text-critical">
          {error.message}
        </p>
      )}
      <Shown query={found}>
        {({ pages }) => {
          const lines = pages.flat();
          if (lines.length === 0)
            return (
              <Empty title="Nothing was sent">{address !== "" && `Nothing ever went to ${address}.`}</Empty>
            );
          return (
            <>
              <Lines lines={lines} />
              {found.hasNextPage && (
                <div className="pt-3 text-center">
                  <Button busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
                    More
                  </Button>
                </div>
              )}
            </>
          );
        }}
      </Shown>
    </Panel>
  );
}

function Lines({ lines }: { lines: readonly Line[] }) {
  return (
    // Whoever has no pointer scrolls it by the keyboard, which needs the focus here.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="max-h-160 overflow-auto" role="region" aria-label="Lines of the journal" tabIndex={0}>
      <table className="w-full min-w-3xl text-left text-sm">
        <thead className="text-xs text-quiet">
          <tr>
            {["Number", "When", "Times", "What", "To", "Capability", "Target", "By the word of"].map(
              (word) => (
                <th key={word} className="pr-3 pb-1 font-medium">
                  {word}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.number} className="border-t border-line/60 align-top">
              <td className="py-1 pr-3 tabular-nums">{line.number}</td>
              <td className="py-1 pr-3 whitespace-nowrap" title={`last ${moment(line.last_at)}`}>
                {moment(line.first_at)}
              </td>
              <td className="py-1 pr-3 tabular-nums">{count(line.times)}</td>
              <td className="py-1 pr-3 wrap-anywhere" title={line.detail}>
                {line.what}
              </td>
              <td className="py-1 pr-3 font-mono text-xs wrap-anywhere">
                {line.host !== "" && line.host !== line.address && `${line.host} `}
                {line.address}
                {line.port > 0 && `, port ${line.port}`}
              </td>
              <td className="py-1 pr-3">{line.capability}</td>
              <td className="py-1 pr-3">
                {line.target.startsWith("#") ? <EntityLink entityKey={line.target} /> : line.target}
              </td>
              <td className="py-1 wrap-anywhere">{line.authority}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Give the reader the lines as a file, one JSON object a line. */
async function exported(address: string): Promise<void> {
  const kept: string[] = [];
  for (let after = 0; kept.length < EXPORT_LINES;) {
    const page = await linesAfter(after, EXPORT_PAGE, address);
    kept.push(...page.map((line) => `${JSON.stringify(line)}\n`));
    if (page.length < EXPORT_PAGE) break;
    after = page[page.length - 1]?.number ?? after;
  }
  saveText(address === "" ? "journal.jsonl" : `journal-${address}.jsonl`, kept.join(""), "application/jsonl");
}
