import { type Schemas, api } from "@/api/client";

export type SeedRecord = Schemas["SeedRecord"];
export type Depth = Schemas["Depth"];
export type SeedItem = Schemas["SeedItem"];

export const DEPTHS: readonly (readonly [Depth, string])[] = [
  ["passive", "Passive: nothing is sent to the target"],
  ["light", "Light: look-ups only"],
  ["normal", "Normal: ports and pages"],
  ["deep", "Deep: everything that is allowed"],
];

export async function saveSeed(seed: SeedItem, why = ""): Promise<void> {
  await api.POST("/api/v1/seeds", { body: { seeds: [seed], why } });
}
