/** What a schedule may choose. */

/** Formats that hold a choice of entities; a report is always about everything. */
export const SELECTIVE: ReadonlySet<string> = new Set(["csv"]);

/** Return the options that say something: one that is empty stays as the server has it by itself. */
export function chosen(options: Record<string, string>): Record<string, string> {
  const isReport = options["format"] !== undefined && !SELECTIVE.has(options["format"]);
  return Object.fromEntries(
    Object.entries(options).filter(
      ([name, value]) => value.trim() !== "" && !(isReport && ["kinds", "filter"].includes(name)),
    ),
  );
}
