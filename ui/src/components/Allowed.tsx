import type { ReactNode } from "react";
import { useMay } from "@/app/session";

/** What only somebody with a permission is offered; the server refuses it to others in any case. */
export function Allowed({ to, children }: { to: string; children: ReactNode }) {
  return useMay()(to) ? children : null;
}
