"""Lines of the journal as people and other programs read them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network

import msgspec

from chariot.errors import InvalidError
from chariot.model import checks
from chariot.model.keys import Organisation
from chariot.modules.discovery.journal import JournalStore, Row, lines_of


class JournalLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the journal."""

    number: int
    first_at: datetime
    last_at: datetime
    times: int
    """How often the same was sent from the first to the last."""
    scan: str
    capability: str
    target: str
    authority: str
    """By whose word."""
    what: str
    host: str
    address: str
    port: int
    detail: str
    hash: str
    """SHA-256 of the hash before it and of this line, in hexadecimal."""


def told(row: Row) -> JournalLine:
    """Return *row* as it is told."""
    line = row.line
    return JournalLine(
        number=row.number,
        first_at=datetime.fromtimestamp(line.first_us / 1e6, UTC),
        last_at=datetime.fromtimestamp(line.last_us / 1e6, UTC),
        times=line.times,
        scan=line.scan,
        capability=line.capability,
        target=line.target,
        authority=line.authority,
        what=line.what,
        host=line.host,
        address=line.address,
        port=line.port,
        detail=line.detail,
        hash=row.hash.hex(),
    )


async def sent_to(store: JournalStore, organisation: Organisation, place: str) -> AsyncIterator[JournalLine]:
    """Yield what was sent to *place*, an address or a netblock, the oldest first; all where it is empty.

    Raises:
        InvalidError: *place* is neither.
    """
    if not place or "/" not in place:
        async for row in lines_of(store, organisation, address=_address(place)):
            yield told(row)
        return
    try:
        network = ip_network(checks.cidr(place))
    except ValueError as error:
        raise InvalidError(str(error), place="--for") from None
    async for row in lines_of(store, organisation):
        if row.line.address and ip_address(row.line.address) in network:
            yield told(row)


def _address(place: str) -> str:
    try:
        return checks.ip(place) if place else ""
    except ValueError as error:
        raise InvalidError(str(error), place="--for") from None
