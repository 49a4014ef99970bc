/** Which organisation this tab looks at. Without a choice it is the one that the session belongs to. */

const KEPT = "chariot.organisation";
/** A header of the API; links and streams, which cannot send one, have it in their query. */
export const ORGANISATION = "chariot-organisation";

export function chosenOrganisation(): string {
  return sessionStorage.getItem(KEPT) ?? "";
}

/** Look at *name* from now on; an empty one goes back to the session's own. */
export function chooseOrganisation(name: string): void {
  if (name === "") sessionStorage.removeItem(KEPT);
  else sessionStorage.setItem(KEPT, name);
}

/** Return *address*, for a link or a stream, so that it asks for the chosen organisation. */
export function inOrganisation(address: string, organisation: string = chosenOrganisation()): string {
  if (organisation === "") return address;
  const mark = address.includes("?") ? (/[?&]$/.test(address) ? "" : "&") : "?";
  return `${address}${mark}${ORGANISATION}=${encodeURIComponent(organisation)}`;
}

/** The header for a request that the typed client cannot send. */
export function organisationHeader(): Record<string, string> {
  const organisation = chosenOrganisation();
  return organisation === "" ? {} : { [ORGANISATION]: organisation };
}
