import { ProblemError } from "@/api/client";

/** Why something was not done, beside what was tried. */
export function Refusal({ error }: { error: Error | null }) {
  const field = error instanceof ProblemError && error.problem.field ? `${error.problem.field}: ` : "";
  return (
    <p role="alert" className="text-sm wrap-anywhere text-critical empty:hidden">
      {error !== null && field + error.message}
    </p>
  );
}
