"""What the bus reads: depths, dead letters, and whether there may be something to do."""

from collections.abc import Sequence

import apsw

from chariot.adapters.local_bus import statements
from chariot.adapters.local_bus.rows import (
    DELAYED,
    LEASED,
    READY,
    dead_letter_from,
    fetch,
    lanes_of,
    moment,
    number_of,
    oldest_from,
)
from chariot.model.keys import Organisation
from chariot.modules.work.messages import DeadLetter, Oldest, QueueDepth


def queues(connection: apsw.Connection) -> Sequence[str]:
    """Return the queues that were ever used."""
    return [row[0] for row in fetch(connection, statements.QUEUES)]


def depths(
    connection: apsw.Connection, organisation: Organisation | None, now_us: int
) -> Sequence[QueueDepth]:
    """Do `Inspector.depths`."""
    found = []
    whose = organisation or ""
    for queue, waiting, leased, delayed, dead in fetch(connection, statements.DEPTHS, (whose,)):
        oldest = _oldest(connection, queue, organisation) if waiting + leased + delayed else None
        age_s = (moment(now_us) - oldest.published_at).total_seconds() if oldest else 0.0
        found.append(
            QueueDepth(
                queue=queue,
                waiting=waiting,
                leased=leased,
                delayed=delayed,
                dead=dead,
                oldest_age_s=max(age_s, 0.0),
                oldest=oldest,
            )
        )
    return found


def _oldest(connection: apsw.Connection, queue: str, organisation: Organisation | None) -> Oldest | None:
    if organisation is None:
        rows = fetch(connection, statements.OLDEST, (queue,))
    else:
        lanes = lanes_of(queue, organisation)
        rows = fetch(connection, statements.OLDEST_OF, (queue, organisation, *lanes))
    return oldest_from(rows[0]) if rows else None


def dead_letters(
    connection: apsw.Connection, organisation: Organisation | None, queue: str, limit: int, after: str
) -> Sequence[DeadLetter]:
    """Do `Inspector.dead_letters`."""
    before = number_of(after) if after else 2**62
    names = [name for name in (organisation, queue) if name]
    sql = statements.DEAD[bool(organisation), bool(queue)]
    return [dead_letter_from(row) for row in fetch(connection, sql, (before, limit, *names))]


def owners(connection: apsw.Connection) -> Sequence[str]:
    """Return who holds leases."""
    return [row[0] for row in fetch(connection, statements.OWNERS)]


def has_work(connection: apsw.Connection, names: Sequence[str], now_us: int) -> bool:
    """Return whether something in *names* is ready or due."""
    moments = ((READY, 0), (LEASED, now_us), (DELAYED, now_us))
    return any(
        fetch(connection, statements.HAS_WORK, (name, state, until))
        for name in names
        for state, until in moments
    )
