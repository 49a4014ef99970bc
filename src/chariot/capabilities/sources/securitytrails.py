"""Names below a domain, and domains that go with it, as SecurityTrails knows them."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

import msgspec

from chariot.capabilities.support.sources import decoded, domains, seeded_domain
from chariot.capability import Found
from chariot.model.kinds.work import Seed
from chariot.source import Source, Terms


class _Record(msgspec.Struct, frozen=True):
    hostname: str = ""


class _Answer(msgspec.Struct, frozen=True):
    subdomains: list[str] = []
    records: list[_Record] = []


class SecurityTrails(Source[Seed]):
    """Ask SecurityTrails; what it calls associated is a hint at ownership, and no more."""

    name = "securitytrails"
    terms = Terms(
        url="https://api.securitytrails.com",
        key="header APIKEY",
        key_needed=True,
        per_minute=30,
        kept=timedelta(days=3),
        conditions="https://securitytrails.com/terms",
    )
    period = timedelta(days=3)

    def paths(self, target: Seed) -> Iterable[str]:
        """See `Source.paths`."""
        domain = seeded_domain(target)
        if not domain:
            return ()
        return (
            f"/v1/domain/{domain}/subdomains?children_only=false&include_inactive=true",
            f"/v1/domain/{domain}/associated",
        )

    def read(self, body: bytes, target: Seed) -> Iterator[Found]:
        """See `Source.read`."""
        answer = decoded(body, _Answer)
        yield from domains(f"{label}.{target.value}" for label in answer.subdomains)
        yield from domains(record.hostname for record in answer.records)
