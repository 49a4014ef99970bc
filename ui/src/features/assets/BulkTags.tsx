import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { Button } from "@/components/Button";
import { inTurn } from "@/lib/inTurn";

/** One change to all marked assets: a tag, or whether they belong to the surface. */
export function BulkTags({ keys, onDone }: { keys: ReadonlySet<string>; onDone: () => void }) {
  const client = useQueryClient();
  const [tag, setTag] = useState("");
  const change = useMutation({
    mutationFn: (wanted: { tags?: Record<string, string>; status?: "active" | "excluded" | "frozen" }) =>
      inTurn([...keys], async (key) => {
        await api.PATCH("/api/v1/entities/{key}", {
          params: { path: { key } },
          body: { why: "changed in the dashboard", ...wanted } as never,
        });
      }),
    onSuccess: ({ failed }) => {
      void client.invalidateQueries();
      if (failed.length === 0) onDone();
    },
  });
  const [name = "", value = ""] = tag.split("=", 2);
  return (
    <div
      role="toolbar"
      aria-label="Change all that are marked"
      className="flex flex-wrap items-center gap-2 rounded-md border border-line bg-panel px-3 py-2"
    >
      <span className="text-sm font-medium">{keys.size} marked</span>
      <input
        aria-label="Tag"
        className="min-h-8 rounded-md border border-line bg-panel px-2 font-mono text-xs"
        placeholder="env=prod"
        value={tag}
        onChange={(event) => {
          setTag(event.target.value);
        }}
      />
      <Button
        busy={change.isPending}
        disabled={name.trim() === ""}
        onClick={() => {
          change.mutate({ tags: { [name.trim()]: value.trim() } });
        }}
      >
        Add tag
      </Button>
      <Button
        busy={change.isPending}
        onClick={() => {
          change.mutate({ status: "frozen" });
        }}
      >
        Freeze
      </Button>
      <Button
        busy={change.isPending}
        look="danger"
        onClick={() => {
          change.mutate({ status: "excluded" });
        }}
      >
        Exclude
      </Button>
      <Button look="quiet" onClick={onDone}>
        Unmark
      </Button>
      {change.data?.failed.map(({ key, error }) => (
        <p key={key} role="alert" className="w-full text-sm break-words text-critical">
          {key}: {error.message}
        </p>
      ))}
    </div>
  );
}
