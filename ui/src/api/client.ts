/** The one way to the server: typed by the OpenAPI file, and every failure is a `ProblemError`. */
import createClient, { type Middleware } from "openapi-fetch";
import { ORGANISATION, chosenOrganisation } from "@/api/organisation";
import type { components, paths } from "@/api/schema";

export type Schemas = components["schemas"];
export type Problem = Schemas["Problem"];

/** What the server refused, in its own words; `status` 0 says that it could not be reached. */
export class ProblemError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
    this.name = "ProblemError";
  }

  get status(): number {
    return this.problem.status;
  }

  /** True when nothing is wrong with the request: the network or the server is away. */
  get isOffline(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 504;
  }
}

const UNREACHABLE: Problem = {
  type: "about:blank",
  title: "The server cannot be reached",
  status: 0,
  detail: "The server does not answer. This page goes on by itself when it does.",
  instance: "",
  request_id: "",
  field: "",
};

export async function problemOf(response: Response): Promise<Problem> {
  const blank = { ...UNREACHABLE, title: response.statusText, status: response.status, detail: "" };
  try {
    return { ...blank, ...((await response.clone().json()) as Partial<Problem>) };
  } catch {
    return blank;
  }
}

const nameOrganisation: Middleware = {
  onRequest({ request }) {
    const organisation = chosenOrganisation();
    if (organisation !== "") request.headers.set(ORGANISATION, organisation);
  },
};

const raiseProblems: Middleware = {
  async onResponse({ response }) {
    if (!response.ok) throw new ProblemError(await problemOf(response));
  },
  onError({ error }) {
    if (error instanceof DOMException && error.name === "AbortError") return error;
    return new ProblemError(UNREACHABLE);
  },
};

export const api = createClient<paths>({
  baseUrl: window.location.origin,
  credentials: "same-origin",
  fetch: (request) => fetch(request),
});
api.use(nameOrganisation, raiseProblems);

/** Return the body of an answer that is known to have succeeded: a refusal was thrown before. */
export function body<Data>(answer: { data?: Data }): Data {
  if (answer.data === undefined) throw new ProblemError({ ...UNREACHABLE, title: "The answer was empty" });
  return answer.data;
}
