/** Every view has an address: filters, sorting and the moment in time stand in it and can be sent to a colleague. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { client } from "@/app/client";
import { isLikelySignedIn } from "@/app/session";
import { Shell } from "@/app/Shell";
import { Empty, Failure } from "@/components/States";
import { statisticsQuery, topQuery } from "@/features/overview/first";

export interface ListSearch {
  filter?: string;
  sort?: string;
  /** An instant; the view is as it was then. */
  as_of?: string;
  /** The entity that is open beside the list. */
  open?: string;
}

function text(value: unknown): string | undefined {
  // A router reads `?filter=5` as a number; here everything is text.
  if (typeof value === "string" && value !== "") return value;
  return typeof value === "number" ? String(value) : undefined;
}

function kept(values: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function listSearch(search: Record<string, unknown>): ListSearch {
  return kept({
    filter: text(search["filter"]),
    sort: text(search["sort"]),
    as_of: text(search["as_of"]),
    open: text(search["open"]),
  });
}

/** What fails on its way is asked for again, and told, by the page itself. */
function toldByThePage(): void {
  // Nothing is lost: the failure stands in the cache.
}

const root = createRootRoute({
  component: Shell,
  notFoundComponent: () => <Empty title="There is no such page" />,
  errorComponent: ({ error, reset }) => <Failure error={error as Error} retry={reset} />,
});

const overview = createRoute({
  getParentRoute: () => root,
  path: "/",
  validateSearch: (search: Record<string, unknown>): { since?: string } =>
    kept({ since: text(search["since"]) }),
  // Neither the page's code nor the answer to who asks is waited for.
  loader: () => {
    if (!isLikelySignedIn()) return;
    client.query(topQuery).catch(toldByThePage);
    client.query(statisticsQuery).catch(toldByThePage);
  },
  component: lazyRouteComponent(() => import("@/features/overview/Overview"), "Overview"),
});

const risks = createRoute({
  getParentRoute: () => root,
  path: "/risks",
  validateSearch: (search: Record<string, unknown>): ListSearch & { group?: string } => ({
    ...listSearch(search),
    ...kept({ group: text(search["group"]) }),
  }),
  component: lazyRouteComponent(() => import("@/features/risks/Risks"), "Risks"),
});

const assets = createRoute({
  getParentRoute: () => root,
  path: "/assets",
  validateSearch: (search: Record<string, unknown>): ListSearch & { kind?: string } => ({
    ...listSearch(search),
    ...kept({ kind: text(search["kind"]) }),
  }),
  component: lazyRouteComponent(() => import("@/features/assets/Assets"), "Assets"),
});

const entity = createRoute({
  getParentRoute: () => root,
  path: "/entity",
  validateSearch: (search: Record<string, unknown>): { key: string; as_of?: string } => ({
    key: text(search["key"]) ?? "",
    ...kept({ as_of: text(search["as_of"]) }),
  }),
  component: lazyRouteComponent(() => import("@/features/entity/EntityPage"), "EntityPage"),
});

const graph = createRoute({
  getParentRoute: () => root,
  path: "/graph",
  validateSearch: (search: Record<string, unknown>): { around?: string; view?: string } =>
    kept({ around: text(search["around"]), view: text(search["view"]) }),
  component: lazyRouteComponent(() => import("@/features/graph/GraphPage"), "GraphPage"),
});

const changes = createRoute({
  getParentRoute: () => root,
  path: "/changes",
  validateSearch: (search: Record<string, unknown>): { since?: string; until?: string; kind?: string } =>
    kept({ since: text(search["since"]), until: text(search["until"]), kind: text(search["kind"]) }),
  component: lazyRouteComponent(() => import("@/features/changes/Changes"), "Changes"),
});

const scans = createRoute({
  getParentRoute: () => root,
  path: "/scans",
  validateSearch: (search: Record<string, unknown>): { view?: string; address?: string } =>
    kept({ view: text(search["view"]), address: text(search["address"]) }),
  component: lazyRouteComponent(() => import("@/features/scans/Scans"), "Scans"),
});

const sources = createRoute({
  getParentRoute: () => root,
  path: "/sources",
  component: lazyRouteComponent(() => import("@/features/sources/Sources"), "Sources"),
});

const reports = createRoute({
  getParentRoute: () => root,
  path: "/reports",
  component: lazyRouteComponent(() => import("@/features/reports/Reports"), "Reports"),
});

const administration = createRoute({
  getParentRoute: () => root,
  path: "/administration",
  validateSearch: (search: Record<string, unknown>): { view?: string; open?: string } =>
    kept({ view: text(search["view"]), open: text(search["open"]) }),
  component: lazyRouteComponent(() => import("@/features/administration/Administration"), "Administration"),
});

const account = createRoute({
  getParentRoute: () => root,
  path: "/account",
  component: lazyRouteComponent(() => import("@/features/account/AccountPage"), "AccountPage"),
});

const gallery = createRoute({
  getParentRoute: () => root,
  path: "/gallery",
  component: lazyRouteComponent(() => import("@/features/gallery/Gallery"), "Gallery"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    overview,
    risks,
    assets,
    entity,
    graph,
    changes,
    scans,
    sources,
    reports,
    administration,
    account,
    gallery,
  ]),
  defaultPreload: "intent",
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
