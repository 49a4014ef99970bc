import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { api, body } from "@/api/client";
import { EntityLink } from "@/components/EntityLink";
import { Shown } from "@/components/States";
import { MOST_STEPS, wayBack } from "@/features/entity/origin";
import { keyKind, kindWord, moment } from "@/lib/format";

const READ = 50;

/** How it came to be known: each step from the seed down to it, by what and when. */
export function Origin({ entityKey: key, asOf }: { entityKey: string; asOf: string | undefined }) {
  const way = useQuery({
    queryKey: ["entity", key, "origin", asOf ?? ""],
    queryFn: ({ signal }) =>
      wayBack(key, async (of) => {
        const query = {
          direction: "in" as const,
          limit: READ,
          ...(asOf === undefined ? {} : { as_of: asOf }),
        };
        const params = { path: { key: of }, query };
        return body(await api.GET("/api/v1/entities/{key}/relationships", { params, signal })).data;
      }),
  });
  return (
    <Shown query={way} rows={2}>
      {(edges) => {
        const first = edges[edges.length - 1];
        if (first === undefined)
          return <p className="text-sm text-quiet">Nothing led to it: it was stated.</p>;
        return (
          <ol className="flex flex-col text-sm">
            <Step entityKey={first.source} asOf={asOf}>
              {edges.length === MOST_STEPS && "The way goes on from here."}
            </Step>
            {[...edges].reverse().map((edge) => (
              <Step key={edge.target} entityKey={edge.target} asOf={asOf}>
                {edge.type.replaceAll("_", " ").toLowerCase()} by {edge.origins.join(", ")},{" "}
                {moment(edge.first_seen)}
              </Step>
            ))}
          </ol>
        );
      }}
    </Shown>
  );
}

function Step({
  entityKey: key,
  asOf,
  children,
}: {
  entityKey: string;
  asOf: string | undefined;
  children: ReactNode;
}) {
  return (
    <li className="relative border-l-2 border-line pb-2 pl-4 last:border-transparent last:pb-0">
      <span aria-hidden="true" className="absolute top-2 -left-[5px] size-2 rounded-full bg-accent" />
      <EntityLink entityKey={key} asOf={asOf} />{" "}
      <span className="text-xs text-quiet">{kindWord(keyKind(key))}</span>
      <p className="text-xs text-quiet empty:hidden">{children}</p>
    </li>
  );
}
