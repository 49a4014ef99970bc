"""What each promise of the bus writes, inside one transaction of the writer thread."""

from collections import Counter
from collections.abc import Mapping, Sequence

import apsw

from chariot.adapters.local_bus import statements
from chariot.adapters.local_bus.rows import (
    BEHIND,
    DELAYED,
    LEASED,
    READY,
    Deltas,
    Row,
    as_json,
    count,
    fetch,
    known_as,
    lane_of,
    lease_of,
    message_from,
    moment,
    number_of,
    receipt,
)
from chariot.errors import BusyError
from chariot.model.keys import Organisation
from chariot.modules.work.messages import (
    DEDUPLICATION_S,
    DELIVERY_LIMIT,
    ERROR_LIMIT,
    RETENTION_DAYS,
    Delivery,
    Message,
)

_WINDOW_US = int(DEDUPLICATION_S * 1_000_000)
_RETENTION_US = RETENTION_DAYS * 86_400_000_000
_SWEEP_LIMIT = 1_000
START = ("", "")
"""Where the first round of `tidy` begins."""

_NO_ANSWER = "the lease ended without an answer"


def publish(
    connection: apsw.Connection,
    messages: Sequence[Message],
    now_us: int,
    bounds: Mapping[str, int],
    bound: int,
) -> int:
    """Do `Publisher.publish`: all of *messages* or none."""
    by_queue: dict[str, dict[str, Message]] = {}
    for message in messages:
        by_queue.setdefault(message.queue, {}).setdefault(known_as(message), message)
    return sum(
        _publish(connection, queue, named, now_us, bounds.get(queue, bound))
        for queue, named in by_queue.items()
    )


def _publish(
    connection: apsw.Connection, queue: str, named: Mapping[str, Message], now_us: int, bound: int
) -> int:
    known = fetch(connection, statements.KNOWN, (queue, as_json(list(named)), now_us - _WINDOW_US))
    refused = {row[0] for row in known}
    fresh = [message for name, message in named.items() if name not in refused]
    if not fresh:
        return 0
    number: int = fetch(connection, statements.TAKE_NUMBERS, (len(fresh),))[0][0] - len(fresh) + 1
    connection.execute(statements.REMEMBER, (queue, number, now_us, as_json([known_as(m) for m in fresh])))
    lanes = [lane_of(message) for message in fresh]
    taken = {row[0] for row in fetch(connection, statements.TAKEN, (as_json(lanes),))}
    rows = []
    for at, (m, lane) in enumerate(zip(fresh, lanes, strict=True)):
        state = BEHIND if lane in taken else READY
        taken.add(lane)
        rows.append((number + at, queue, state, lane, now_us, m.organisation, m.id, m.order_key, m.body))
    connection.executemany(statements.KEEP, rows)
    count(connection, Counter((queue, m.organisation, "waiting") for m in fresh))
    if fetch(connection, statements.LIVE, (queue,))[0][0] > bound:
        raise BusyError(f"the queue {queue} is full: it takes {bound:,} messages")
    return len(fresh)


def lease(
    connection: apsw.Connection, queue: str, limit: int, lease_us: int, owner: str, now_us: int
) -> Sequence[Delivery]:
    """Do `Consumer.lease`: one statement claims the batch."""
    sweep(connection, queue, now_us)
    until = now_us + lease_us
    rows = fetch(connection, statements.CLAIM, (queue, limit, until, now_us, owner))
    rows.sort(key=lambda row: int(row[5]))
    deltas: Deltas = Counter()
    for organisation, claimed in Counter(row[2] for row in rows).items():
        deltas[queue, organisation, "waiting"] = -claimed
        deltas[queue, organisation, "leased"] = claimed
    count(connection, deltas)
    leased_until = moment(until)
    return [Delivery(message_from(row), row[6], receipt(row[5], row[6]), leased_until) for row in rows]


def _held(connection: apsw.Connection, deliveries: Sequence[Delivery], now_us: int) -> list[Row]:
    """Return sequence, queue, organisation, lane of the leases that still hold."""
    leases = dict(map(lease_of, deliveries))
    rows = fetch(connection, statements.LEASES, (as_json(list(leases)), now_us))
    return [row[:4] for row in rows if leases[row[0]] == row[4]]


def _lost(deliveries: Sequence[Delivery], held: Sequence[Row]) -> Sequence[Delivery]:
    sequences = {row[0] for row in held}
    return [delivery for delivery in deliveries if lease_of(delivery)[0] not in sequences]


def extend(
    connection: apsw.Connection, deliveries: Sequence[Delivery], lease_us: int, now_us: int
) -> Sequence[Delivery]:
    """Do `Consumer.extend`."""
    held = _held(connection, deliveries, now_us)
    connection.execute(statements.EXTEND, (as_json([row[0] for row in held]), now_us + lease_us))
    return _lost(deliveries, held)


def ack(connection: apsw.Connection, deliveries: Sequence[Delivery], now_us: int) -> Sequence[Delivery]:
    """Do `Consumer.ack`."""
    held = _held(connection, deliveries, now_us)
    _remove(connection, held)
    _recount(connection, held, "leased")
    return _lost(deliveries, held)


def _remove(connection: apsw.Connection, rows: Sequence[Row]) -> None:
    connection.execute(statements.FINISH, (as_json([row[0] for row in rows]),))
    connection.execute(statements.PROMOTE, (as_json([row[3] for row in rows]),))


def _recount(connection: apsw.Connection, rows: Sequence[Row], before: str, after: str = "") -> None:
    deltas: Deltas = Counter()
    for (queue, organisation), moved in Counter((row[1], row[2]) for row in rows).items():
        deltas[queue, organisation, before] -= moved
        if after:
            deltas[queue, organisation, after] += moved
    count(connection, deltas)


def stand(
    connection: apsw.Connection,
    deliveries: Sequence[Delivery],
    error: str | None,
    delay_us: int,
    now_us: int,
) -> int:
    """Give leased messages back, ready at once or after *delay_us*; return how many were still held."""
    held = _held(connection, deliveries, now_us)
    _give_back(connection, held, "leased", error, delay_us, now_us)
    return len(held)


def _give_back(
    connection: apsw.Connection,
    rows: Sequence[Row],
    before: str,
    error: str | None,
    delay_us: int,
    now_us: int,
) -> None:
    state, after = (DELAYED, "delayed") if delay_us > 0 else (READY, "waiting")
    until = now_us + delay_us if delay_us > 0 else 0
    text = error if error is None else error[:ERROR_LIMIT]
    connection.execute(statements.STAND, (as_json([row[0] for row in rows]), state, until, now_us, text))
    _recount(connection, rows, before, after)


def bury(connection: apsw.Connection, delivery: Delivery, error: str, now_us: int) -> bool:
    """Do `Consumer.bury`."""
    held = _held(connection, [delivery], now_us)
    _die(connection, held, error[:ERROR_LIMIT], now_us)
    return bool(held)


def _die(connection: apsw.Connection, rows: Sequence[Row], error: str, now_us: int) -> None:
    connection.execute(statements.DIE, (as_json([row[0] for row in rows]), error, now_us))
    _remove(connection, rows)
    _recount(connection, rows, "leased", "dead")


def sweep(connection: apsw.Connection, queue: str, now_us: int) -> None:
    """Make ready what is due in *queue*: delays that are over and leases that ended.

    What was lost too often becomes a dead letter.
    """
    late = fetch(connection, statements.PAST, (queue, LEASED, now_us, _SWEEP_LIMIT))
    if late:
        _lose(connection, late, now_us)
    due = fetch(connection, statements.PAST, (queue, DELAYED, now_us, _SWEEP_LIMIT))
    if due:
        _give_back(connection, due, "delayed", None, 0, now_us)


def _lose(connection: apsw.Connection, rows: Sequence[Row], now_us: int) -> None:
    spent = [row for row in rows if row[4] >= DELIVERY_LIMIT]
    again = [row for row in rows if row[4] < DELIVERY_LIMIT]
    _give_back(connection, again, "leased", _NO_ANSWER, 0, now_us)
    _die(connection, spent, f"{_NO_ANSWER}, {DELIVERY_LIMIT} times", now_us)


def recover(connection: apsw.Connection, owner: str, now_us: int) -> int:
    """Give back what *owner* holds."""
    rows = fetch(connection, statements.HELD_BY, (owner,))
    _lose(connection, rows, now_us)
    return len(rows)


def replay(
    connection: apsw.Connection, numbers: Sequence[str], organisation: Organisation | None, now_us: int
) -> tuple[int, set[str]]:
    """Do `Inspector.replay`; also return the queues that got something."""
    replayed = 0
    queues: set[str] = set()
    for number in dict.fromkeys(numbers):
        for row in fetch(connection, statements.RAISE, (number_of(number), organisation)):
            message = message_from(row)
            count(connection, Counter({(message.queue, message.organisation, "dead"): -1}))
            connection.execute(statements.FORGET, (message.queue, known_as(message)))
            # A replay is an order of a person: no bound refuses it.
            replayed += publish(connection, [message], now_us, {}, 2**62)
            queues.add(message.queue)
    return replayed, queues


def tidy(connection: apsw.Connection, now_us: int, limit: int, position: tuple[str, str]) -> tuple[str, str]:
    """Forget old ids and dead letters; return where the next round goes on.

    One round looks at *limit* ids: an index by time would cost more than looking at each id now and then.
    """
    rows = fetch(connection, statements.REMEMBERED, (*position, limit))
    old = [(queue, name) for queue, name, at, live in rows if at <= now_us - _WINDOW_US and not live]
    connection.executemany(statements.DROP_ID, old)
    dead = fetch(connection, statements.DROP_DEAD, (now_us - _RETENTION_US, limit))
    _recount(connection, [(None, *row) for row in dead], "dead")
    return rows[-1][:2] if len(rows) == limit else START
