"""`Bus` over several: messages of an organisation that stands apart wait in its own database alone."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from chariot.errors import BusyError, UnavailableError
from chariot.model.keys import SHARED, Organisation
from chariot.modules.work.messages import DeadLetter, Delivery, Message, QueueDepth
from chariot.modules.work.ports import Bus

_MARK: Final = "@"
"""Stands between a dead letter's number and the organisation whose bus gave it."""


class RoutedBus:
    """See `Bus`. One that is away holds up nobody else's work.

    Dead letters of all organisations come bus by bus, the shared one first; of one organisation newest first.
    """

    def __init__(self, shared: Bus, dedicated: Mapping[Organisation, Bus]) -> None:
        self._shared = shared
        self._dedicated = dict(dedicated)
        self._turn = 0

    def _home(self, organisation: Organisation | None) -> Bus:
        return self._shared if organisation is None else self._dedicated.get(organisation, self._shared)

    def _all(self) -> tuple[Bus, ...]:
        return tuple({id(bus): bus for bus in (self._shared, *self._dedicated.values())}.values())

    async def publish(self, messages: Sequence[Message]) -> int:
        """See `Publisher.publish`."""
        parts: dict[int, list[Message]] = {}
        for message in messages:
            parts.setdefault(id(self._home(message.organisation)), []).append(message)
        kept = 0
        for part in parts.values():
            kept += await self._home(part[0].organisation).publish(part)
        return kept

    async def lease(self, queue: str, *, limit: int, lease_s: float, owner: str) -> Sequence[Delivery]:
        """See `Consumer.lease`; each bus comes first in its turn."""
        buses = self._all()
        self._turn = (self._turn + 1) % len(buses)
        found: list[Delivery] = []
        away: list[UnavailableError | BusyError] = []
        for bus in (*buses[self._turn :], *buses[: self._turn]):
            if len(found) >= limit:
                break
            try:
                found += await bus.lease(queue, limit=limit - len(found), lease_s=lease_s, owner=owner)
            except (UnavailableError, BusyError) as error:
                away.append(error)
        if len(away) == len(buses):
            raise away[0]
        return found

    async def extend(self, deliveries: Sequence[Delivery], lease_s: float) -> Sequence[Delivery]:
        """See `Consumer.extend`."""
        return [one for bus, part in self._parts(deliveries) for one in await bus.extend(part, lease_s)]

    async def ack(self, deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        """See `Consumer.ack`."""
        return [one for bus, part in self._parts(deliveries) for one in await bus.ack(part)]

    async def retry(self, delivery: Delivery, error: str, *, delay_s: float) -> bool:
        """See `Consumer.retry`."""
        return await self._home(delivery.message.organisation).retry(delivery, error, delay_s=delay_s)

    async def bury(self, delivery: Delivery, error: str) -> bool:
        """See `Consumer.bury`."""
        return await self._home(delivery.message.organisation).bury(delivery, error)

    async def release(self, deliveries: Sequence[Delivery]) -> None:
        """See `Consumer.release`."""
        for bus, part in self._parts(deliveries):
            await bus.release(part)

    def _parts(self, deliveries: Sequence[Delivery]) -> Iterator[tuple[Bus, list[Delivery]]]:
        parts: dict[int, list[Delivery]] = {}
        for delivery in deliveries:
            parts.setdefault(id(self._home(delivery.message.organisation)), []).append(delivery)
        for part in parts.values():
            yield self._home(part[0].message.organisation), part

    async def wait(self, queues: Sequence[str], timeout_s: float) -> bool:
        """See `Consumer.wait`."""
        waits = {asyncio.ensure_future(bus.wait(queues, timeout_s)) for bus in self._all()}
        left, failures = set(waits), 0
        try:
            while left:
                done, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
                for one in done:
                    failure = one.exception()
                    if failure is None and one.result():
                        return True
                    failures += failure is not None
                    if failure is not None and failures == len(waits):
                        raise failure
            return False
        finally:
            for one in left:
                one.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    async def depths(self, organisation: Organisation | None = None) -> Sequence[QueueDepth]:
        """See `Inspector.depths`."""
        if organisation is not None:
            return await self._home(organisation).depths(organisation)
        total: dict[str, QueueDepth] = {}
        for bus in self._all():
            for depth in await bus.depths():
                total[depth.queue] = _sum(total[depth.queue], depth) if depth.queue in total else depth
        return [total[queue] for queue in sorted(total)]

    async def check(self) -> None:
        """See `Readiness.check`; the queues of one organisation alone hold up nobody else's."""
        await self._home(SHARED).check()

    async def dead_letters(
        self, organisation: Organisation | None = None, *, queue: str = "", limit: int = 100, after: str = ""
    ) -> Sequence[DeadLetter]:
        """See `Inspector.dead_letters`."""
        homes = [name for name in self._homes() if organisation is None or self._is_at(organisation, name)]
        number, _, at = after.partition(_MARK)
        found: list[DeadLetter] = []
        if after:
            homes = homes[homes.index(at) :] if at in homes else []
        for home in homes:
            letters = await self._home(Organisation(home)).dead_letters(
                organisation,
                queue=queue,
                limit=limit - len(found),
                after=number if home == at else "",
            )
            found += [msgspec.structs.replace(one, number=_numbered(one.number, home)) for one in letters]
            if len(found) >= limit:
                break
        return found

    def _homes(self) -> list[str]:
        """Return one name for each bus, that of the shared one empty."""
        names = {id(self._shared): ""}
        for organisation, bus in self._dedicated.items():
            names.setdefault(id(bus), organisation)
        return list(names.values())

    def _is_at(self, organisation: Organisation, home: str) -> bool:
        return self._home(organisation) is self._home(Organisation(home))

    async def replay(self, numbers: Sequence[str], *, organisation: Organisation | None = None) -> int:
        """See `Inspector.replay`."""
        replayed = 0
        for home in self._homes():
            if organisation is not None and not self._is_at(organisation, home):
                continue
            own = [number for number, _, at in (one.partition(_MARK) for one in numbers) if at == home]
            if own:
                replayed += await self._home(Organisation(home)).replay(own, organisation=organisation)
        return replayed

    async def recover(self, is_dead: Callable[[str], bool]) -> int:
        """See `LeaseRecovery.recover`; each bus was asked when it was opened."""
        del is_dead
        return 0


def _numbered(number: str, home: str) -> str:
    return f"{number}{_MARK}{home}" if home else number


def _sum(one: QueueDepth, other: QueueDepth) -> QueueDepth:
    oldest = max(one, other, key=lambda depth: depth.oldest_age_s)
    return QueueDepth(
        queue=one.queue,
        waiting=one.waiting + other.waiting,
        leased=one.leased + other.leased,
        delayed=one.delayed + other.delayed,
        dead=one.dead + other.dead,
        oldest_age_s=oldest.oldest_age_s,
        oldest=oldest.oldest,
    )
