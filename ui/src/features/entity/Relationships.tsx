import { useQuery } from "@tanstack/react-query";
import { type Schemas, api, body } from "@/api/client";
import { EntityLink } from "@/components/EntityLink";
import { Empty, Shown } from "@/components/States";
import { ago, moment } from "@/lib/format";

const LIMIT = 500;

/** What the entity is joined to, both ways, by the type of the relationship. */
export function Relationships({ entityKey: key, asOf }: { entityKey: string; asOf: string | undefined }) {
  const edges = useQuery({
    queryKey: ["entity", key, "relationships", asOf ?? ""],
    queryFn: async ({ signal }) => {
      const read = async (direction: "in" | "out") =>
        body(
          await api.GET("/api/v1/entities/{key}/relationships", {
            params: {
              path: { key },
              query: { direction, limit: LIMIT, ...(asOf === undefined ? {} : { as_of: asOf }) },
            },
            signal,
          }),
        ).data;
      const [out, into] = await Promise.all([read("out"), read("in")]);
      return { out, into };
    },
  });
  return (
    <Shown query={edges}>
      {({ out, into }) =>
        out.length + into.length === 0 ? (
          <Empty title="Joined to nothing" />
        ) : (
          <div className="flex flex-col gap-4">
            <Edges edges={into} end="source" arrow="←" asOf={asOf} />
            <Edges edges={out} end="target" arrow="→" asOf={asOf} />
          </div>
        )
      }
    </Shown>
  );
}

interface EdgesProps {
  edges: readonly Omit<Schemas["Edge"], "evidence">[];
  end: "source" | "target";
  arrow: string;
  asOf: string | undefined;
}

function Edges({ edges, end, arrow, asOf }: EdgesProps) {
  return [...Map.groupBy(edges, ({ type }) => type)].map(([type, members]) => (
    <section key={type} aria-label={`${type} ${arrow}`}>
      <h3 className="mb-1 font-mono text-xs text-quiet">
        {arrow} {type.replaceAll("_", " ").toLowerCase()} ({members.length})
      </h3>
      <ul className="flex max-h-60 flex-col gap-1 overflow-y-auto text-sm">
        {members.map((edge) => (
          <li key={edge[end]} className="flex justify-between gap-3">
            <EntityLink entityKey={edge[end]} asOf={asOf} />
            <span className="shrink-0 text-xs text-quiet" title={`Since ${moment(edge.first_seen)}`}>
              {edge.origins.join(", ")} · {ago(edge.last_seen)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  ));
}
