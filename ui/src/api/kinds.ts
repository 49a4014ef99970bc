/** The lists that the server has: one per kind under its plural, and the groups. */
import { type Schemas, api, body } from "@/api/client";

const LISTS = {
  assets: "assets",
  seeds: "seeds",
  domains: "domains",
  addresses: "addresses",
  netblocks: "netblocks",
  dnsrecords: "DNS records",
  certificates: "certificates",
  ports: "ports",
  webapplications: "web applications",
  technologies: "technologies",
  vulnerabilities: "vulnerabilities",
  risks: "risks",
  attributes: "attributes",
  credentials: "credentials",
  jobs: "jobs",
  scans: "scans",
  imports: "imports",
  alertrules: "alert rules",
  apikeys: "API keys",
  members: "members",
  roles: "roles",
  settings: "settings",
  incidents: "incidents",
  candidates: "candidates",
  integrations: "integrations",
  files: "files",
} as const;

/** A list of the server by its name in the path. */
export type ListName = keyof typeof LISTS;
export const LIST_WORDS: Readonly<Record<ListName, string>> = LISTS;

export type RiskRecord = Schemas["RiskRecord"];

/** The fields that every record has, whatever its kind. */
export type AnyRecord = Omit<Schemas["DomainRecord"], "kind" | "host"> & { kind: string };

export interface ListQuery {
  filter?: string;
  sort?: string;
  limit?: number;
  cursor?: string;
  as_of?: string;
  everything?: boolean;
  fields?: string;
}

export interface Page<Item> {
  items: Item[];
  cursor: string | null;
}

/** Return one page of a list; `Row` is what the list holds.
 *
 * @throws {ProblemError} the filter or another parameter is wrong, or the server is away.
 */
export async function list<Row extends { key: string } = AnyRecord>(
  name: ListName,
  query: ListQuery,
  signal?: AbortSignal,
): Promise<Page<Row>> {
  const answer = body(
    // The paths differ in nothing but their name and the kind of record, which the caller states.
    await api.GET(`/api/v1/${name}` as "/api/v1/domains", { params: { query }, signal: signal ?? null }),
  );
  return { items: answer.data as unknown as Row[], cursor: answer.pagination.cursor };
}
