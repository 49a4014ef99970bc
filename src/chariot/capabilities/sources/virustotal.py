"""Names below a domain that VirusTotal has come across."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from urllib.parse import quote

import msgspec

from chariot.capabilities.support.sources import decoded, domains, seeded_domain
from chariot.capability import Found
from chariot.model.kinds.work import Seed
from chariot.source import Source, Terms


class _Item(msgspec.Struct, frozen=True):
    id: str = ""


class _Meta(msgspec.Struct, frozen=True):
    cursor: str = ""


class _Answer(msgspec.Struct, frozen=True):
    data: list[_Item]
    meta: _Meta = _Meta()


class VirusTotal(Source[Seed]):
    """Ask VirusTotal for the subdomains of a domain, page by page."""

    name = "virustotal"
    terms = Terms(
        url="https://www.virustotal.com",
        key="header x-apikey",
        key_needed=True,
        per_minute=4,
        kept=timedelta(days=3),
        conditions="https://docs.virustotal.com/docs/terms-of-service",
    )
    period = timedelta(days=3)

    def paths(self, target: Seed) -> Iterable[str]:
        """See `Source.paths`."""
        domain = seeded_domain(target)
        return (f"/api/v3/domains/{domain}/subdomains?limit=40",) if domain else ()

    def read(self, body: bytes, target: Seed) -> Iterator[Found]:  # noqa: ARG002 - the answer says all
        """See `Source.read`."""
        return domains(item.id for item in decoded(body, _Answer).data)

    def following(self, body: bytes, path: str) -> str:
        """See `Source.following`."""
        cursor = decoded(body, _Answer).meta.cursor
        return f"{path.partition('&cursor=')[0]}&cursor={quote(cursor, safe='')}" if cursor else ""
