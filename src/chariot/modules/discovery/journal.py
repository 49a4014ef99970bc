"""The journal: what was sent to whom, when, why, and by whose word; a chain in which nothing changes unseen.

Each line's hash covers the line and the hash before it. Within a fraction of a second, the same thing sent to the
same place for the same job is one line with a count.
"""

from collections import Counter, deque
from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from typing import NamedTuple, Protocol

import msgspec

from chariot.model.keys import Organisation
from chariot.modules.audit.chain import GENESIS, linked
from chariot.modules.surface.states import micros

PAGE = 5_000
_KEPT = 1_000
_encode = msgspec.json.Encoder().encode


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that left this machine."""

    at: datetime
    organisation: Organisation
    scan: str
    capability: str
    target: str
    """Key of the entity that was looked at."""
    what: str
    """dns, tcp, udp, tls, http, source or tool."""
    host: str
    """As the capability named it."""
    address: str
    """To which it went; for dns, the resolver's."""
    port: int
    detail: str = ""
    authority: str = ""
    """By whose word: a contract, or how a seed admits it."""


class Line(NamedTuple):
    """One line of the journal, before it stands in the chain; instants are microseconds since 1970 in UTC."""

    first_us: int
    last_us: int
    times: int
    """How often it was sent from the first to the last."""
    scan: str
    capability: str
    target: str
    authority: str
    what: str
    host: str
    address: str
    port: int
    detail: str


class Row(NamedTuple):
    """One line as a store keeps it."""

    number: int
    """From 1, without a gap, for each organisation."""
    line: Line
    hash: bytes


class Head(msgspec.Struct, frozen=True):
    """Where the journal of an organisation begins and ends."""

    number: int = 0
    hash: bytes = GENESIS
    """Of the last line."""
    start: int = 0
    """The last line that retention took away."""
    start_hash: bytes = GENESIS


class Usage(msgspec.Struct, frozen=True):
    """What one organisation sent and worked on one day (UTC)."""

    day: date
    packets: int = 0
    seconds: float = 0.0


class JournalReader(Protocol):
    """Reads journals."""

    async def rows(
        self, organisation: Organisation, *, after: int, limit: int, address: str = ""
    ) -> Sequence[Row]:
        """Return rows in their order, the first behind the number *after*; with *address*, only those sent there."""
        ...

    async def head(self, organisation: Organisation) -> Head:
        """Return where the journal begins and ends; all zero where nothing was written."""
        ...


class JournalStore(JournalReader, Protocol):
    """Keeps journals. Its promises are `JournalStoreContract` in the tests."""

    async def append(self, organisation: Organisation, lines: Sequence[Line], usage: Usage) -> Usage:
        """Chain *lines* behind the last one, add *usage* to its day, and return that day's sums, in one transaction.

        Raises:
            BusyError: too many writes wait already.
            UnavailableError: the engine cannot write now.
        """
        ...

    async def usage(self, organisation: Organisation, day: date) -> Usage:
        """Return the sums of *day*."""
        ...

    async def forget(self, organisation: Organisation, until: datetime) -> int:
        """Take away the oldest lines that were all sent before *until*, and return how many; the chain holds."""
        ...


def chained(organisation: Organisation, lines: Sequence[Line], head: Head) -> list[Row]:
    """Return *lines* as rows behind *head*."""
    previous = head.hash
    rows = []
    for number, line in enumerate(lines, head.number + 1):
        previous = hash_of(previous, organisation, number, line)
        rows.append(Row(number, line, previous))
    return rows


def hash_of(previous: bytes, organisation: Organisation, number: int, line: Line) -> bytes:
    """Return the hash of a line that stands behind the one whose hash is *previous*."""
    return linked(previous, _encode((organisation, number, line)))


class Verified(msgspec.Struct, frozen=True):
    """What became of a verification."""

    lines: int
    """How many hold."""
    fault: str = ""
    """What is wrong with the next one; empty when all hold."""


async def verify(store: JournalReader, organisation: Organisation) -> Verified:
    """Return whether the whole journal is as it was written, from where retention left it to its end."""
    head = await store.head(organisation)
    number, previous, held = head.start, head.start_hash, 0
    while rows := await store.rows(organisation, after=number, limit=PAGE):
        for row in rows:
            if row.number != number + 1:
                return Verified(held, f"line {number + 1} is missing")
            if hash_of(previous, organisation, row.number, row.line) != row.hash:
                return Verified(held, f"line {row.number} was changed, or what stands before it was")
            number, previous, held = row.number, row.hash, held + 1
    # What was written while this went on stands behind the head that was read.
    if number < head.number:
        return Verified(held, f"the lines behind {number} are missing: there were {head.number}")
    return Verified(held)


async def lines_of(
    store: JournalReader, organisation: Organisation, *, address: str = "", after: int = 0
) -> AsyncIterator[Row]:
    """Yield all rows in their order, a page at a time."""
    while rows := await store.rows(organisation, after=after, limit=PAGE, address=address):
        for row in rows:
            yield row
        after = rows[-1].number


def line_of(sent: Sent) -> Line:
    """Return *sent* as a line of its own."""
    at_us = micros(sent.at)
    return Line(
        at_us, at_us, 1, sent.scan, sent.capability, sent.target, sent.authority, sent.what, sent.host,
        sent.address, sent.port, sent.detail,
    )  # fmt: skip


class CountingJournal:
    """Counts by organisation and what was sent, and keeps the last thousand lines. See `ports.Journal`."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[Organisation, str]] = Counter()
        self.last: deque[Sent] = deque(maxlen=_KEPT)

    def record(self, sent: Sent) -> None:
        """See `ports.Journal.record`."""
        self.counts[sent.organisation, sent.what] += 1
        self.last.append(sent)
