import { Link, getRouteApi } from "@tanstack/react-router";
import { type ComponentType, Suspense, lazy } from "react";
import { useMay } from "@/app/session";
import { PageHead } from "@/components/PageHead";
import { Empty, Loading } from "@/components/States";

const route = getRouteApi("/administration");

interface View {
  name: string;
  words: string;
  /** Who has one of these sees it. */
  needs: readonly string[];
  page: ComponentType;
}

// Each is fetched when it is opened: most people open one.
const VIEWS: readonly View[] = [
  {
    name: "people",
    words: "People",
    needs: ["users:read"],
    page: lazy(async () => ({ default: (await import("@/features/administration/People")).People })),
  },
  {
    name: "access",
    words: "Members and roles",
    needs: ["members:read", "roles:read"],
    page: lazy(async () => ({ default: (await import("@/features/administration/Access")).Access })),
  },
  {
    name: "organisations",
    words: "Organisations",
    needs: ["organisations:read"],
    page: lazy(async () => ({
      default: (await import("@/features/administration/Organisations")).Organisations,
    })),
  },
  {
    name: "keys",
    words: "API keys",
    needs: ["keys:read"],
    page: lazy(async () => ({ default: (await import("@/features/administration/Keys")).Keys })),
  },
  {
    name: "alerts",
    words: "Alert rules",
    needs: ["alerts:read"],
    page: lazy(async () => ({ default: (await import("@/features/administration/AlertRules")).AlertRules })),
  },
  {
    name: "incidents",
    words: "Incidents",
    needs: ["incidents:read"],
    page: lazy(async () => ({ default: (await import("@/features/administration/Incidents")).Incidents })),
  },
  {
    name: "audit",
    words: "Audit",
    needs: ["audit:read"],
    page: lazy(async () => ({ default: (await import("@/features/administration/Audit")).Audit })),
  },
  {
    name: "compliance",
    words: "Compliance",
    needs: ["compliance:read"],
    page: lazy(async () => ({ default: (await import("@/features/administration/Compliance")).Compliance })),
  },
  {
    name: "privacy",
    words: "Privacy",
    needs: ["privacy:export", "privacy:erase"],
    page: lazy(async () => ({ default: (await import("@/features/administration/Privacy")).Privacy })),
  },
  {
    name: "settings",
    words: "Settings",
    needs: ["settings:read"],
    page: lazy(async () => ({ default: (await import("@/features/administration/Settings")).Settings })),
  },
  {
    name: "health",
    words: "System health",
    needs: [],
    page: lazy(async () => ({ default: (await import("@/features/administration/Health")).Health })),
  },
];

export function Administration() {
  const { view } = route.useSearch();
  const may = useMay();
  const offered = VIEWS.filter(({ needs }) => needs.length === 0 || needs.some(may));
  const isKnown = VIEWS.some(({ name }) => name === view);
  const shown = isKnown ? offered.find(({ name }) => name === view) : offered[0];
  return (
    <div className="flex flex-col gap-4 p-4 md:p-6">
      <PageHead title="Administration" />
      <nav aria-label="Administration" className="flex flex-wrap gap-1 border-b border-line pb-2">
        {offered.map(({ name, words }) => (
          <Link
            key={name}
            to="/administration"
            search={{ view: name }}
            aria-current={name === shown?.name ? "page" : undefined}
            className="rounded-md px-2.5 py-1 text-sm text-quiet hover:bg-raised hover:text-ink aria-[current=page]:bg-raised aria-[current=page]:font-semibold aria-[current=page]:text-ink"
          >
            {words}
          </Link>
        ))}
      </nav>
      {shown === undefined ? (
        <Empty title="Your role does not show this">
          Whoever administers your organisation can change that.
        </Empty>
      ) : (
        <Suspense fallback={<Loading />}>
          <shown.page key={shown.name} />
        </Suspense>
      )}
    </div>
  );
}
