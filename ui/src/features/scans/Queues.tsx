import type { Schemas } from "@/api/client";
import { count, duration } from "@/lib/format";

export function Queues({ queues }: { queues: readonly Schemas["QueueItem"][] }) {
  return (
    <div className="overflow-x-auto">
      <table className="w-full min-w-lg text-sm">
        <thead className="text-right text-xs text-quiet">
          <tr>
            <th className="pb-1 text-left font-medium">Queue</th>
            <th className="pb-1 font-medium">Waiting</th>
            <th className="pb-1 font-medium">At work</th>
            <th className="pb-1 font-medium">Later</th>
            <th className="pb-1 font-medium">Failed for good</th>
            <th className="pb-1 font-medium">Oldest</th>
          </tr>
        </thead>
        <tbody className="text-right tabular-nums">
          {queues.map((queue) => (
            <tr key={queue.queue} className="border-t border-line/60">
              <th scope="row" className="py-1 text-left font-normal">
                {queue.queue}
              </th>
              <td>{count(queue.waiting)}</td>
              <td>{count(queue.leased)}</td>
              <td>{count(queue.delayed)}</td>
              <td className={queue.dead > 0 ? "font-semibold text-critical" : ""}>{count(queue.dead)}</td>
              <td title={queue.oldest}>{queue.waiting === 0 ? "—" : duration(queue.oldest_age_s)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
