/** The pages of the main navigation, in its order. */
export const PAGES = [
  { to: "/", label: "Overview", hotkey: "o" },
  { to: "/risks", label: "Risks", hotkey: "r" },
  { to: "/assets", label: "Assets", hotkey: "a" },
  { to: "/graph", label: "Graph", hotkey: "g" },
  { to: "/changes", label: "Changes", hotkey: "c" },
  { to: "/scans", label: "Scans", hotkey: "s" },
  { to: "/sources", label: "Sources", hotkey: "i" },
  { to: "/reports", label: "Reports", hotkey: "p" },
  { to: "/administration", label: "Administration", hotkey: "m" },
] as const;
