import { type RegisteredRouter, Link, Outlet, useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { ProblemError } from "@/api/client";
import { useLiveUpdates } from "@/api/live";
import { useHotkeys } from "@/app/hotkeys";
import { PAGES } from "@/app/pages";
import { Switcher } from "@/app/Switcher";
import { useMay, useSession, useSignOut } from "@/app/session";
import { useTheme } from "@/app/theme";
import { Button } from "@/components/Button";
import { LiveMark, OfflineBanner } from "@/components/LiveMark";
import { Loading } from "@/components/States";
import { Approval } from "@/features/signin/Approval";
import { SignIn } from "@/features/signin/SignIn";

function hasEnded(error: Error | null): boolean {
  return error instanceof ProblemError && error.status === 401;
}

export function Shell() {
  const session = useSession();
  if (session.isPending) {
    return (
      <main className="mx-auto mt-24 max-w-md">
        <Loading label="Opening Chariot" />
      </main>
    );
  }
  // What a session saw is hidden as soon as the server does not know it any more.
  return session.data === undefined || hasEnded(session.error) ? (
    <SignIn problem={session.error} />
  ) : (
    <Frame user={session.data.user} organisation={session.data.organisation} />
  );
}

/** Fetch the code of every page while nothing else is to do: it opens at once, also when the server is away. */
function fetchPagesAhead(router: RegisteredRouter): () => void {
  const asked = requestIdleCallback(() => {
    for (const { to } of PAGES) void router.loadRouteChunk(router.routesByPath[to]);
  });
  return () => {
    cancelIdleCallback(asked);
  };
}

function Frame({ user, organisation }: { user: string; organisation: string }) {
  const [theme, setTheme] = useTheme();
  const [open, setOpen] = useState(false);
  const signOut = useSignOut();
  useHotkeys();
  useLiveUpdates(organisation);
  const may = useMay();
  const router = useRouter();
  useEffect(() => fetchPagesAhead(router), [router]);
  return (
    <div className="flex h-full flex-col md:flex-row">
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-panel focus:p-2"
      >
        Skip to the content
      </a>
      <header className="flex shrink-0 flex-col border-line bg-panel max-md:border-b md:w-52 md:border-r">
        <div className="flex items-center gap-2.5 px-4 py-3">
          <img src="/mark.svg" alt="" width="26" height="26" />
          <span className="text-base font-semibold">Chariot</span>
          <Button
            look="quiet"
            className="ml-auto md:hidden"
            aria-expanded={open}
            aria-controls="navigation"
            onClick={() => {
              setOpen(!open);
            }}
          >
            Menu
          </Button>
        </div>
        <nav
          id="navigation"
          aria-label="Main"
          className={`min-h-0 flex-1 overflow-y-auto px-2 pb-2 md:block ${open ? "" : "max-md:hidden"}`}
        >
          {PAGES.filter(({ needs }) => needs === "" || may(needs)).map(({ to, label, hotkey }) => (
            <Link
              key={to}
              to={to}
              activeOptions={{ exact: to === "/", includeSearch: false }}
              className="flex items-center justify-between rounded-md px-2.5 py-1.5 text-quiet hover:bg-raised hover:text-ink [&.active]:bg-raised [&.active]:font-semibold [&.active]:text-ink"
              onClick={() => {
                setOpen(false);
              }}
            >
              {label}
              <kbd className="font-mono text-[11px] text-quiet max-md:hidden">g {hotkey}</kbd>
            </Link>
          ))}
        </nav>
        <div className={`border-t border-line px-4 py-3 text-xs ${open ? "" : "max-md:hidden"}`}>
          <Switcher organisation={organisation} />
          <Link
            to="/account"
            className="mt-1 block truncate text-quiet underline-offset-2 hover:underline"
            aria-label={`Your account: ${user}`}
            onClick={() => {
              setOpen(false);
            }}
          >
            {user}
          </Link>
          <div className="mt-2 flex flex-wrap gap-1">
            <Button
              look="quiet"
              className="text-xs"
              aria-label={theme === "dark" ? "Use light colours" : "Use dark colours"}
              onClick={() => {
                setTheme(theme === "dark" ? "light" : "dark");
              }}
            >
              {theme === "dark" ? "Light" : "Dark"}
            </Button>
            <Button
              look="quiet"
              className="text-xs"
              busy={signOut.isPending}
              onClick={() => {
                signOut.mutate();
              }}
            >
              Sign out
            </Button>
          </div>
          <LiveMark />
        </div>
      </header>
      <main
        id="content"
        tabIndex={-1}
        className="flex min-h-0 min-w-0 flex-1 flex-col overflow-y-auto outline-none"
      >
        <OfflineBanner />
        <Outlet />
        <Approval />
      </main>
    </div>
  );
}
