"""The streams of one installation: made when first used, and what is known of them."""

import asyncio
import time
from collections.abc import Mapping

import msgspec

from chariot.adapters.nats.engine import Engine
from chariot.adapters.nats.wire import Names, organisation_token
from chariot.errors import UnavailableError

_NS = 1_000_000_000
_REMEMBERED = 50_000
_FRESH_S = 1.0


class _Room(msgspec.Struct):
    """What a queue took when somebody looked, and what this process put into it since."""

    live: int
    looked_at: float
    added: int = 0


class Streams:
    """One stream for each queue, one for dead letters, one for records."""

    def __init__(
        self,
        engine: Engine,
        names: Names,
        *,
        bound: int,
        bounds: Mapping[str, int],
        partitions: int,
        deduplication_s: float,
        retention_s: float,
    ) -> None:
        self._engine = engine
        self._names = names
        self._bound = bound
        self._bounds = bounds
        self._partitions = partitions
        self._deduplication_ns = round(deduplication_s * _NS)
        self._retention_ns = round(retention_s * _NS)
        self._made: dict[str, int] = {}
        self._base_made = False
        self._used: set[tuple[str, str]] = set()
        self._rooms: dict[str, _Room] = {}
        self._lock = asyncio.Lock()

    def bound(self, queue: str) -> int:
        """Return how many messages *queue* takes."""
        return self._bounds.get(queue, self._bound)

    async def open(self, queue: str) -> int:
        """Make what *queue* needs on the server; return its number of partitions."""
        if queue in self._made:
            return self._made[queue]
        async with self._lock:
            await self._open_base()
            if queue not in self._made:
                found = await self._engine.ensure(
                    self._names.stream(queue),
                    {
                        "subjects": [self._names.work(queue)],
                        "retention": "workqueue",
                        "discard": "new",
                        "discard_new_per_subject": True,
                        "max_msgs": self.bound(queue),
                        "max_msgs_per_subject": 1,
                        "duplicate_window": self._deduplication_ns,
                        "metadata": {"chariot.partitions": str(self._partitions)},
                    },
                )
                metadata = found["config"].get("metadata") or {}
                self._made[queue] = int(metadata.get("chariot.partitions", self._partitions))
        return self._made[queue]

    async def base(self) -> None:
        """Make the streams that do not belong to one queue."""
        if not self._base_made:
            async with self._lock:
                await self._open_base()

    async def _open_base(self) -> None:
        if self._base_made:
            return
        await self._engine.ensure(
            self._names.state,
            {
                "subjects": [self._names.record(">")],
                "max_msgs_per_subject": 1,
                "allow_msg_ttl": True,
            },
        )
        await self._engine.ensure(
            self._names.dead,
            {
                "subjects": [self._names.letters()],
                "max_msgs_per_subject": 1,
                "discard": "new",
                "discard_new_per_subject": True,
                "max_age": self._retention_ns,
                "duplicate_window": min(self._retention_ns, 120 * _NS),
            },
        )
        self._base_made = True

    def forget(self) -> None:
        """Look again at what is there: somebody removed a stream."""
        self._made.clear()
        self._used.clear()
        self._rooms.clear()
        self._base_made = False

    async def use(self, queue: str, organisation: str) -> None:
        """Remember durably that *organisation* used *queue*."""
        if (queue, organisation) in self._used:
            return
        subject = self._names.record("used", queue, organisation_token(organisation))
        await self._engine.put(subject, b"")
        if len(self._used) >= _REMEMBERED:
            self._used.clear()
        self._used.add((queue, organisation))

    async def try_writing(self) -> None:
        """Write a record of nothing, the same again and again.

        Raises:
            UnavailableError: the server is away, or keeps nothing.
        """
        await self.base()
        try:
            await self._engine.put(self._names.record("writing"), b"")
        except UnavailableError:
            # A server that came back with nothing gets its streams at the next try.
            self.forget()
            raise

    async def used_by(self, organisation: str) -> list[str]:
        """Return the queues that *organisation* ever used."""
        subject = self._names.record("used", "*", organisation_token(organisation))
        return sorted(
            one.subject.split(".")[-2] for one in await self._engine.all(self._names.state, subject)
        )

    async def has_room(self, queue: str, messages: int) -> bool:
        """Return whether *queue* surely takes *messages* more."""
        bound = self.bound(queue)
        room = self._rooms.get(queue)
        spare = 0 if room is None else bound - room.live - room.added
        if room is None or time.monotonic() - room.looked_at > _FRESH_S or spare < 2 * messages + room.added:
            info = await self._engine.api(f"STREAM.INFO.{self._names.stream(queue)}")
            room = self._rooms[queue] = _Room(int(info["state"]["messages"]), time.monotonic())
        room.added += messages
        return room.live + room.added <= bound
