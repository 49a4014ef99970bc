import { useLive } from "@/api/live";

/** Says whether what is on the screen follows the server. */
export function LiveMark() {
  const live = useLive();
  return (
    <p role="status" className="mt-2 flex items-center gap-1.5 text-quiet">
      <span aria-hidden="true" className={`size-2 rounded-full ${live ? "bg-good" : "bg-medium"}`} />
      {live ? "Live" : "Offline: what you see may be old"}
    </p>
  );
}
