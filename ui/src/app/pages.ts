/** The pages of the main navigation, in its order; one is offered to whoever has the permission that it needs. */
export const PAGES = [
  { to: "/", label: "Overview", hotkey: "o", needs: "" },
  { to: "/risks", label: "Risks", hotkey: "r", needs: "entities:read" },
  { to: "/assets", label: "Assets", hotkey: "a", needs: "entities:read" },
  { to: "/graph", label: "Graph", hotkey: "g", needs: "entities:read" },
  { to: "/changes", label: "Changes", hotkey: "c", needs: "entities:read" },
  { to: "/scans", label: "Scans", hotkey: "s", needs: "scans:read" },
  { to: "/sources", label: "Sources", hotkey: "i", needs: "entities:read" },
  { to: "/reports", label: "Reports", hotkey: "p", needs: "exports:read" },
  { to: "/administration", label: "Administration", hotkey: "m", needs: "" },
] as const;
