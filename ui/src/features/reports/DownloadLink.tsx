import { inOrganisation } from "@/api/organisation";

/** A link that saves a file of the server; *what* tells it from the others to who cannot see the page. */
export function DownloadLink({ address, what }: { address: string; what: string }) {
  return (
    <a
      href={inOrganisation(address)}
      download
      className="inline-block rounded-md border border-line px-2.5 py-1 text-sm font-medium whitespace-nowrap hover:bg-raised"
    >
      Download<span className="sr-only"> {what}</span>
    </a>
  );
}
