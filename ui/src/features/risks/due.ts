/** Due dates are days of the reader's zone; the server keeps instants. */

/** Return the day of an instant as a date box wants it, empty for none. */
export function dayOf(instant: string | null | undefined): string {
  if (instant == null) return "";
  const at = new Date(instant);
  const parts = [at.getFullYear(), at.getMonth() + 1, at.getDate()];
  return parts.map((part) => String(part).padStart(2, "0")).join("-");
}

/** Return the last second of a day: what is due on it is not late while it lasts. */
export function endOfDay(day: string): string {
  return new Date(`${day}T23:59:59`).toISOString();
}
