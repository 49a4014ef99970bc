"""Who may ask: keys of programs. The key itself is told once, to whoever makes it; only its digest is kept."""

from datetime import datetime
from ipaddress import ip_network
from typing import Annotated

from chariot.model import checks
from chariot.model.base import Entity, declared
from chariot.model.fields import Merge, field


def network(value: object) -> str:
    """Return an address or a network as `address/length`; private ones too, host bits not."""
    try:
        if isinstance(value, str) and len(value) <= 64:
            return str(ip_network(value))
    except ValueError:
        pass
    raise ValueError(f"{checks.shown(value)} is no network such as 10.0.0.0/8 or 192.0.2.7")


@declared
class ApiKey(Entity, frozen=True, tag="apikey"):
    """A key by which a program asks the API, for one organisation, with some permissions, until it ends."""

    id: Annotated[str, field("Its public part", check=checks.slug, identity=True)]
    label: Annotated[
        str, field("What it is for", check=checks.slug, merge=Merge.DECISION, max_length=100, indexed=True)
    ] = "key"
    permissions: Annotated[
        tuple[str, ...],
        field("What it may do", check=checks.sorted_set(checks.line, 200), merge=Merge.DECISION),
    ] = ()
    expires_at: Annotated[
        datetime | None, field("When it ends; null is never", check=checks.utc, merge=Merge.DECISION)
    ] = None
    networks: Annotated[
        tuple[str, ...],
        field(
            "Networks that it may be used from; none is no such limit",
            check=checks.sorted_set(network, 50),
            merge=Merge.DECISION,
        ),
    ] = ()
    revoked: Annotated[bool, field("Whether it was taken back", merge=Merge.DECISION)] = False
    digest: Annotated[
        str, field("SHA-256 of its secret part", secret=True, merge=Merge.DECISION, max_length=1_000)
    ] = ""

    @property
    def name(self) -> str:
        """What it is for."""
        return self.label
