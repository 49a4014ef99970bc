/** The filter language as chips: its top-level terms, which the server joins with "and". */

const VALUE = String.raw`(?:"(?:[^"\\]|\\.)*"|[^\s(),"]*)`;
const OPERATOR = "(?:!=|<=|>=|=|<|>|~)";
const FIELD = String.raw`[A-Za-z_][\w.-]*`;
// A space after the operator ends an empty value (`decision= key~x`), unless one stands before it too.
const TERM = String.raw`(?:${FIELD}${OPERATOR}|${FIELD}\s+${OPERATOR}\s*)${VALUE}(?:,\s*${VALUE})*`;
const TOKEN = new RegExp(String.raw`\s*([()]|${TERM}|[A-Za-z]+|\S)`, "y");

function tokens(filter: string): string[] {
  const found: string[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(filter); match?.[1] !== undefined; match = TOKEN.exec(filter)) {
    found.push(match[1]);
  }
  return found;
}

/** Split a filter into its top-level terms; `not` and parentheses keep what they bind together in one term.
 *
 * Joining the terms with a space gives a filter of the same meaning. An `or` at the top binds the whole filter.
 */
export function terms(filter: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let term = "";
  for (const token of tokens(filter)) {
    const word = token.toLowerCase();
    if (depth === 0 && word === "or") return [`(${filter.trim()})`];
    if (depth === 0 && word === "and") continue;
    if (token === ")") depth = Math.max(0, depth - 1);
    term += token === ")" || term === "" || term.endsWith("(") ? token : ` ${token}`;
    if (token === "(") depth += 1;
    if (depth === 0 && word !== "not") {
      found.push(term);
      term = "";
    }
  }
  return term === "" ? found : [...found, term];
}

/** Return the filter with one term more; a term that is there already is not repeated. */
export function withTerm(filter: string, term: string): string {
  const present = terms(filter);
  return present.includes(term) ? present.join(" ") : [...present, term].join(" ");
}

/** Return the filter without one of its terms. */
export function withoutTerm(filter: string, term: string): string {
  return terms(filter)
    .filter((other) => other !== term)
    .join(" ");
}

/** Return `field=value`, quoted where the value would otherwise be read as something else. */
export function equals(field: string, value: string): string {
  if (/^[\w.:/@*-]+$/.test(value)) return `${field}=${value}`;
  return `${field}="${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
