"""Lines of the journal as people and other programs read them."""

from collections.abc import AsyncIterator
from datetime import datetime
from ipaddress import ip_address, ip_network

import msgspec

from chariot.errors import InvalidError
from chariot.model import checks
from chariot.model.keys import Organisation
from chariot.modules.discovery.journal import JournalReader, Line, Row, lines_of
from chariot.modules.surface.states import instant, micros


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
        first_at=instant(line.first_us),
        last_at=instant(line.last_us),
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


def kept(told_line: JournalLine) -> Line:
    """Return the line as a store keeps it: what `told` made of it, taken back.

    Raises:
        TypeError: an instant names no time zone.
    """
    one = told_line
    return Line(
        micros(one.first_at), micros(one.last_at), one.times, one.scan, one.capability, one.target, one.authority,
        one.what, one.host, one.address, one.port, one.detail,
    )  # fmt: skip


async def sent_to(store: JournalReader, organisation: Organisation, place: str) -> AsyncIterator[JournalLine]:
    """Yield in words what was sent to *place*; see `rows_sent_to`."""
    async for row in rows_sent_to(store, organisation, place):
        yield told(row)


async def rows_sent_to(store: JournalReader, organisation: Organisation, place: str) -> AsyncIterator[Row]:
    """Yield what was sent to *place*, an address or a netblock, the oldest first; all where it is empty.

    Raises:
        InvalidError: *place* is neither.
    """
    if not place or "/" not in place:
        async for row in lines_of(store, organisation, address=_address(place)):
            yield row
        return
    try:
        network = ip_network(checks.cidr(place))
    except ValueError as error:
        raise InvalidError(str(error), place="--for") from None
    async for row in lines_of(store, organisation):
        if row.line.address and ip_address(row.line.address) in network:
            yield row


def _address(place: str) -> str:
    try:
        return checks.ip(place) if place else ""
    except ValueError as error:
        raise InvalidError(str(error), place="--for") from None
