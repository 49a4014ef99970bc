import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type SyntheticEvent, useId, useState } from "react";
import { api, body } from "@/api/client";
import { Allowed } from "@/components/Allowed";
import { Button } from "@/components/Button";
import { Shown } from "@/components/States";
import { ago, moment } from "@/lib/format";

const LONGEST = 10_000;
const MOST = 200;

/** What people said about one entity, and a box to say more. What was said stays. */
export function Comments({ about }: { about: string }) {
  const client = useQueryClient();
  const [text, setText] = useState("");
  const id = useId();
  const params = { path: { key: about } };
  const said = useQuery({
    queryKey: ["entity", about, "comments"],
    queryFn: async ({ signal }) =>
      body(
        await api.GET("/api/v1/entities/{key}/comments", {
          params: { ...params, query: { limit: MOST } },
          signal,
        }),
      ).data,
  });
  const say = useMutation({
    mutationFn: async () => {
      await api.POST("/api/v1/entities/{key}/comments", { params, body: { text: text.trim() } });
    },
    onSuccess: () => {
      setText("");
      void client.invalidateQueries({ queryKey: ["entity", about, "comments"] });
    },
  });

  function onSubmit(event: SyntheticEvent) {
    event.preventDefault();
    say.mutate();
  }

  return (
    <section aria-label="Comments">
      <h3 className="mb-2 text-sm font-semibold">Comments</h3>
      <Shown query={said} rows={1}>
        {(comments) => (
          <ul className="flex flex-col gap-2 text-sm">
            {comments.map((comment) => (
              <li key={comment.key} className="rounded bg-raised px-3 py-2">
                <p className="text-xs text-quiet">
                  {comment.author}, <time title={moment(comment.created)}>{ago(comment.created)}</time>
                </p>
                <p className="wrap-anywhere whitespace-pre-wrap">{comment.text}</p>
              </li>
            ))}
          </ul>
        )}
      </Shown>
      <Allowed to="comments:write">
        <form className="mt-2 flex flex-col items-start gap-2" onSubmit={onSubmit}>
          <label className="sr-only" htmlFor={id}>
            New comment
          </label>
          <textarea
            id={id}
            rows={2}
            maxLength={LONGEST}
            placeholder="Say something; it stays with your name"
            className="w-full rounded-md border border-line bg-panel px-2 py-1 text-sm placeholder:text-quiet focus:border-accent"
            value={text}
            onChange={(event) => {
              setText(event.target.value);
            }}
          />
          <Button type="submit" busy={say.isPending} disabled={text.trim() === ""}>
            Comment
          </Button>
          {say.error !== null && (
            <p role="alert" className="text-sm wrap-anywhere text-critical">
              {say.error.message}
            </p>
          )}
        </form>
      </Allowed>
    </section>
  );
}
