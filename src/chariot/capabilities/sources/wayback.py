"""Hosts of a domain whose pages the Internet Archive has kept."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from chariot.capabilities.support.sources import decoded, domains, hosts_of, seeded_domain
from chariot.capability import Found
from chariot.model.kinds.work import Seed
from chariot.source import Source, Terms

_ROWS = 50_000


class Wayback(Source[Seed]):
    """Ask the index of the Wayback Machine for the URLs below a domain, and keep their hosts."""

    name = "wayback"
    terms = Terms(
        url="https://web.archive.org",
        per_minute=10,
        kept=timedelta(days=7),
        conditions="https://archive.org/about/terms.php",
    )
    period = timedelta(days=7)

    def paths(self, target: Seed) -> Iterable[str]:
        """See `Source.paths`."""
        domain = seeded_domain(target)
        if not domain:
            return ()
        asked = f"url={domain}&matchType=domain&output=json&fl=original&collapse=urlkey&limit={_ROWS}"
        return (f"/cdx/search/cdx?{asked}",)

    def read(self, body: bytes, target: Seed) -> Iterator[Found]:  # noqa: ARG002 - the answer says all
        """See `Source.read`: the first row holds the names of the columns."""
        if not body.strip():
            return iter(())
        rows = decoded(body, list[list[str]])
        return domains(hosts_of(row[0] for row in rows[1:] if row))
