"""Names in certificates that authorities have logged, as crt.sh finds them."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

import msgspec

from chariot.capabilities.support.sources import decoded, domains, seeded_domain
from chariot.capability import Found
from chariot.model.kinds.work import Seed
from chariot.source import Source, Terms


class _Entry(msgspec.Struct, frozen=True):
    name_value: str = ""
    common_name: str | None = None


class CrtSh(Source[Seed]):
    """Ask crt.sh for the names of all logged certificates of a domain."""

    name = "crtsh"
    terms = Terms(url="https://crt.sh", per_minute=6, kept=timedelta(days=1), conditions="https://crt.sh/")

    def paths(self, target: Seed) -> Iterable[str]:
        """See `Source.paths`."""
        domain = seeded_domain(target)
        return (f"/?q={domain}&output=json&exclude=expired",) if domain else ()

    def read(self, body: bytes, target: Seed) -> Iterator[Found]:  # noqa: ARG002 - the answer says all
        """See `Source.read`."""
        entries = decoded(body, list[_Entry])
        # An address of mail stands among the names of some certificates.
        names = (name for one in entries for name in [*one.name_value.split("\n"), one.common_name or ""])
        return domains(name for name in names if "@" not in name)
