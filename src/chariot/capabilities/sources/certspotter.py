"""Names in certificates that authorities have logged, as Cert Spotter finds them."""

from collections.abc import Iterable, Iterator
from urllib.parse import quote

import msgspec

from chariot.capabilities.support.sources import decoded, domains, seeded_domain
from chariot.capability import Found
from chariot.model.kinds.work import Seed
from chariot.source import Source, Terms


class _Issuance(msgspec.Struct, frozen=True):
    id: str = ""
    dns_names: list[str] = []


class CertSpotter(Source[Seed]):
    """Ask Cert Spotter for the names of all current certificates of a domain, page by page."""

    name = "certspotter"
    terms = Terms(
        url="https://api.certspotter.com",
        key="bearer",
        per_minute=10,
        conditions="https://sslmate.com/ct_search_api/",
    )

    def paths(self, target: Seed) -> Iterable[str]:
        """See `Source.paths`."""
        domain = seeded_domain(target)
        return (f"/v1/issuances?domain={domain}&include_subdomains=true&expand=dns_names",) if domain else ()

    def read(self, body: bytes, target: Seed) -> Iterator[Found]:  # noqa: ARG002 - the answer says all
        """See `Source.read`."""
        return domains(name for one in decoded(body, list[_Issuance]) for name in one.dns_names)

    def following(self, body: bytes, path: str) -> str:
        """See `Source.following`: an empty page is the last."""
        issuances = decoded(body, list[_Issuance])
        if not issuances:
            return ""
        return f"{path.partition('&after=')[0]}&after={quote(issuances[-1].id, safe='')}"
