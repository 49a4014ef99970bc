/** Evidence in the form it was kept in. All of it came from outside: it is only ever text. */
import type { ReactNode } from "react";
import type { Schemas } from "@/api/client";

export type EvidenceItem =
  | Schemas["KeyValues"]
  | Schemas["Table"]
  | Schemas["HttpExchange"]
  | Schemas["Banner"]
  | Schemas["Code"]
  | Schemas["Image"];

export function Evidence({ items }: { items: readonly EvidenceItem[] }) {
  return (
    <div className="flex flex-col gap-3">
      {items.map((item, at) => (
        <figure key={at} className="min-w-0">
          <figcaption className="mb-1 text-xs font-medium text-quiet">
            {item.title !== "" ? item.title : NAMES[item.form]}
            {item.cut && " (cut to fit)"}
          </figcaption>
          <Form item={item} />
        </figure>
      ))}
    </div>
  );
}

const NAMES: Record<EvidenceItem["form"], string> = {
  key_values: "Facts",
  table: "Table",
  http: "HTTP exchange",
  banner: "Banner",
  code: "Code",
  image: "Picture",
};

function Form({ item }: { item: EvidenceItem }): ReactNode {
  switch (item.form) {
    case "key_values":
      return <KeyValues values={item.values} />;
    case "table":
      return <Rows columns={item.columns} rows={item.rows} />;
    case "http":
      return <Exchange {...item} />;
    case "banner":
      return <Text>{item.text}</Text>;
    case "code":
      return <CodeLines {...item} />;
    case "image":
      return (
        <p className="text-sm text-quiet">
          {item.media_type}, {item.size_bytes} bytes
        </p>
      );
  }
}

export function KeyValues({ values }: { values: Readonly<Record<string, ReactNode>> }) {
  return (
    <dl className="grid grid-cols-[fit-content(40%)_minmax(0,1fr)] gap-x-4 gap-y-1 text-sm">
      {Object.entries(values).map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="wrap-anywhere text-quiet">{name}</dt>
          <dd className="min-w-0 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Text({ children }: { children: string }) {
  return (
    // It scrolls, so the keyboard must reach it; a named region may be focused.
    <pre
      role="region"
      aria-label="Text as it was seen"
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      className="max-h-72 overflow-auto rounded bg-raised p-2.5 font-mono text-xs whitespace-pre-wrap"
    >
      {children}
    </pre>
  );
}

function Rows({ columns, rows }: Pick<Schemas["Table"], "columns" | "rows">) {
  return (
    <div className="overflow-x-auto">
      <table className="w-full text-left text-xs">
        <thead className="text-quiet">
          <tr>
            {columns.map((column) => (
              <th key={column} className="border-b border-line px-2 py-1 font-medium">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>
              {row.map((cell, column) => (
                <td key={column} className="border-b border-line/50 px-2 py-1 font-mono">
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Exchange(item: Schemas["HttpExchange"]) {
  const request = [`${item.method} ${item.url}`, ...headerLines(item.request_headers), "", item.request_body];
  const answer = [`HTTP ${item.status}`, ...headerLines(item.response_headers), "", item.response_body];
  return (
    <div className="grid gap-2 lg:grid-cols-2">
      <Text>{request.join("\n").trimEnd()}</Text>
      <Text>{answer.join("\n").trimEnd()}</Text>
    </div>
  );
}

function headerLines(headers: readonly (readonly unknown[])[]): string[] {
  return headers.map(([name, value]) => `${String(name)}: ${String(value)}`);
}

function CodeLines({ path, first_line: first, text }: Schemas["Code"]) {
  return (
    <>
      {path !== "" && <p className="font-mono text-xs text-quiet">{path}</p>}
      <Text>
        {text
          .split("\n")
          .map((line, at) => `${String(first + at).padStart(5)}  ${line}`)
          .join("\n")}
      </Text>
    </>
  );
}
