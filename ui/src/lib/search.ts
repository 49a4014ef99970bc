/** Changes to what stands in the address. */

export type Changed<Search> = { [Name in keyof Search]?: Search[Name] | undefined };

/** Return *search* with other values; an empty one leaves the address. */
export function changed<Search extends object>(search: Search, values: Changed<Search>): Search {
  const all = Object.entries({ ...search, ...values });
  return Object.fromEntries(all.filter(([, value]) => value !== undefined && value !== "")) as Search;
}
