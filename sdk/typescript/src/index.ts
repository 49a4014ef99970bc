/** A thin client of the Chariot API on `fetch`: typed by the description, without dependencies. */
import type { components, paths } from "./schema.js";

export type { components, paths };
export type Schemas = components["schemas"];

/** Addresses that can be read, such as `/api/v1/risks`. */
export type Readable = { [P in keyof paths]: paths[P] extends { get: object } ? P : never }[keyof paths];
type Get<P extends Readable> = paths[P] extends { get: infer G } ? G : never;
type Json<R> = R extends { content: { "application/json": infer B } } ? B : never;
type Answered<G> = G extends { responses: { 200: infer R } } ? Json<R> : never;
/** What the address answers, its envelope included. */
export type Answer<P extends Readable> = Answered<Get<P>>;
type Listed<A> = A extends { data: (infer T)[] } ? T : never;

type Value = string | number | boolean | undefined;
export interface Asked {
  path?: Record<string, string>;
  query?: Record<string, Value>;
  signal?: AbortSignal;
}

/** What the server refused, in its own words. */
export class ProblemError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Partial<Schemas["Problem"]>,
    readonly retryAfterSeconds: number | undefined,
  ) {
    super(problem.detail ?? problem.title ?? `the server answered ${status}`);
    this.name = "ProblemError";
  }
}

export interface Options {
  server: string;
  token: string;
  organisation?: string;
  /** How often one request is sent at most. */
  tries?: number;
}

export class Chariot {
  readonly #server: string;
  readonly #headers: Record<string, string>;
  readonly #tries: number;

  constructor({ server, token, organisation, tries = 5 }: Options) {
    this.#server = server.replace(/\/+$/, "");
    this.#headers = { authorization: `Bearer ${token}`, accept: "application/json" };
    if (organisation !== undefined) this.#headers["chariot-organisation"] = organisation;
    this.#tries = tries;
  }

  /** Read one address. */
  async get<P extends Readable>(path: P, asked: Asked = {}): Promise<Answer<P>> {
    const response = await this.send("GET", path, asked);
    return (await response.json()) as Answer<P>;
  }

  /** Give the items of a list, page after page. */
  async *list<P extends Readable>(path: P, asked: Asked = {}): AsyncGenerator<Listed<Answer<P>>> {
    let cursor: string | undefined;
    do {
      const query = cursor === undefined ? asked.query : { ...asked.query, cursor };
      const page = (await this.get(path, { ...asked, ...(query && { query }) })) as {
        data: Listed<Answer<P>>[];
        pagination: { cursor?: string | null } | null;
      };
      yield* page.data;
      cursor = page.pagination?.cursor ?? undefined;
    } while (cursor !== undefined);
  }

  /** Write: the same request is sent again with the same key, so that it is done once. */
  async write<T>(method: "POST" | "PUT" | "PATCH" | "DELETE", path: string, body?: unknown, asked: Asked = {}): Promise<T> {
    const response = await this.send(method, path, asked, body);
    return ((await response.json()) as { data: T }).data;
  }

  /** Send one request; a busy server is asked again when it says so. */
  async send(method: string, path: string, asked: Asked = {}, body?: unknown): Promise<Response> {
    const filled = path.replace(/\{([^}]+)\}/g, (_, name: string) => encodeURIComponent(asked.path?.[name] ?? ""));
    const url = new URL(this.#server + filled);
    for (const [name, value] of Object.entries(asked.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const headers: Record<string, string> = { ...this.#headers };
    if (method !== "GET") headers["idempotency-key"] = crypto.randomUUID();
    if (body !== undefined) headers["content-type"] = "application/json";
    for (let attempt = 1; ; attempt++) {
      const response = await fetch(url, {
        method,
        headers,
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(asked.signal && { signal: asked.signal }),
      });
      if (response.ok) return response;
      const wait = Number(response.headers.get("retry-after") ?? Number.NaN);
      const again = (response.status === 429 || response.status === 503) && attempt < this.#tries;
      if (!again || wait > 30) {
        const problem = (await response.json().catch(() => ({}))) as Partial<Schemas["Problem"]>;
        throw new ProblemError(response.status, problem, Number.isNaN(wait) ? undefined : wait);
      }
      const seconds = Number.isNaN(wait) ? 0.25 * 2 ** (attempt - 1) : wait;
      await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    }
  }
}
