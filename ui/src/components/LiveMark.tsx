import { type Connection, useConnection } from "@/api/live";

const WORDS: Record<Connection, readonly [tone: string, words: string]> = {
  live: ["bg-good", "Live"],
  polling: ["bg-low", "Looks again every 20 s"],
  away: ["bg-medium", "Offline"],
};

/** Says whether what is on the screen follows the server. */
export function LiveMark() {
  const [tone, words] = WORDS[useConnection()];
  return (
    <p className="mt-2 flex items-center gap-1.5 text-quiet">
      <span aria-hidden="true" className={`size-2 rounded-full ${tone}`} />
      {words}
    </p>
  );
}

/** Stands above everything while the server cannot be reached. */
export function OfflineBanner() {
  return (
    <div role="status">
      {useConnection() === "away" && (
        <p className="border-b border-medium/50 bg-medium/10 px-4 py-2 text-sm">
          The server cannot be reached. What you see may be old; this page goes on by itself, and misses
          nothing.
        </p>
      )}
    </div>
  );
}
