import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, body } from "@/api/client";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { TextField } from "@/components/Field";

/** Would this be scanned, and why? */
export function ScopeCheck() {
  const [target, setTarget] = useState("");
  const [asked, setAsked] = useState("");
  const answer = useQuery({
    queryKey: ["scope", asked],
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/v1/scope", { params: { query: { target: asked } }, signal })).data,
    enabled: asked !== "",
    retry: false,
  });
  return (
    <form
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(target.trim());
      }}
    >
      <div className="flex items-end gap-2">
        <div className="flex-1">
          <TextField
            label="A name or an address"
            placeholder="shop.example.com"
            value={target}
            onChange={(event) => {
              setTarget(event.target.value);
            }}
          />
        </div>
        <Button type="submit" disabled={target.trim() === ""}>
          Check
        </Button>
      </div>
      <div role="status" className="text-sm">
        {answer.data !== undefined && (
          <>
            <Badge tone={answer.data.admitted ? "good" : "quiet"}>
              {answer.data.admitted ? "in scope" : "out of scope"}
            </Badge>
            <p className="mt-1 wrap-anywhere">{answer.data.why}</p>
            {answer.data.authority !== "" && (
              <p className="mt-1 wrap-anywhere text-quiet">{answer.data.authority}</p>
            )}
          </>
        )}
        {answer.error !== null && <p className="text-critical">{answer.error.message}</p>}
      </div>
    </form>
  );
}
