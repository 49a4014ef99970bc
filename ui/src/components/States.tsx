/** What stands where data is not: loading, nothing there, refused, away. */
import type { ReactNode } from "react";
import { ProblemError } from "@/api/client";
import { Button } from "@/components/Button";

export function Loading({ rows = 4, label = "Loading" }: { rows?: number; label?: string }) {
  return (
    <div role="status" aria-label={label} className="flex animate-pulse flex-col gap-2.5 py-1">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className={`h-4 rounded bg-raised ${row % 3 === 2 ? "w-2/3" : "w-full"}`} />
      ))}
    </div>
  );
}

/** What is waited for, in words, where it may take longer than a reader expects. */
export function Waiting({ rows = 6, children }: { rows?: number; children: ReactNode }) {
  return (
    <>
      <Loading rows={rows} />
      <p className="pt-2 text-sm text-quiet">{children}</p>
    </>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-2 px-4 py-10 text-center">
      <p className="font-medium">{title}</p>
      {children !== undefined && <div className="max-w-prose text-sm text-quiet">{children}</div>}
    </div>
  );
}

function words(error: Error): { title: string; what: string } {
  if (!(error instanceof ProblemError)) return { title: "This page has a fault", what: error.message };
  if (error.isOffline) return { title: "The server cannot be reached", what: error.message };
  if (error.status === 403) {
    return {
      title: "Your role does not show this",
      what: `${error.message}. Whoever administers your organisation can change that.`,
    };
  }
  const field = error.problem.field ? `${error.problem.field}: ` : "";
  return { title: error.problem.title, what: field + error.message };
}

export function Failure({ error, retry }: { error: Error; retry?: () => void }) {
  const { title, what } = words(error);
  return (
    <div role="alert" className="flex flex-col items-center gap-2 px-4 py-10 text-center">
      <p className="font-medium">{title}</p>
      <p className="max-w-prose text-sm wrap-anywhere text-quiet">{what}</p>
      {retry !== undefined && <Button onClick={retry}>Try again</Button>}
      {error instanceof ProblemError && error.problem.request_id !== "" && (
        <p className="text-xs text-quiet">Request {error.problem.request_id}</p>
      )}
    </div>
  );
}

interface Query<Data> {
  data: Data | undefined;
  error: Error | null;
  refetch: () => unknown;
}

/** Show a query in whichever state it is. Data that is there stays, also when a later reading failed. */
export function Shown<Data>({
  query,
  rows,
  waiting,
  children,
}: {
  query: Query<Data>;
  rows?: number;
  /** Why this may take a while. */
  waiting?: string;
  children: (data: Data) => ReactNode;
}) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error !== null) return <Failure error={query.error} retry={() => void query.refetch()} />;
  if (waiting !== undefined) return <Waiting {...(rows === undefined ? {} : { rows })}>{waiting}</Waiting>;
  return <Loading {...(rows === undefined ? {} : { rows })} />;
}
