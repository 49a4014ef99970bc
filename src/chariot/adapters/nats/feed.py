"""How messages get from the server to the desk: pulls, and what arrives for them."""

import asyncio
import re
from itertools import count

import msgspec
import structlog
from nats.aio.msg import Msg

from chariot.adapters.nats.desk import Desk
from chariot.adapters.nats.link import NO_RESPONDERS, Link, status
from chariot.adapters.nats.wire import Names, delivered, message_from
from chariot.errors import UnavailableError

_log = structlog.get_logger(__name__)
_BATCH = 200
_PREFETCH = 1_000
_STUCK_BYTES = 64_000_000
_PULL_BYTES = 16_000_000
_PULL_S = 5.0
_ANY = re.compile(r"[^A-Za-z0-9]")


class _Pull(msgspec.Struct):
    """A request for messages of one partition."""

    number: str
    partition: int
    left: int
    done: asyncio.Future[str]
    """The status that ended it; empty when it got all it asked for."""


class Feed:
    """The pulls of one queue, one at a time for each partition."""

    def __init__(self, link: Link, names: Names, desk: Desk, member: str) -> None:
        self._link = link
        self._names = names
        self._desk = desk
        self._stream = names.stream(desk.queue)
        self._inbox = f"_INBOX.{_ANY.sub('', member)}.{desk.queue}"
        self._numbers = count(1)
        self._pulls: dict[str, _Pull] = {}
        """By consumer."""

    async def pull(self, wanted: int, *, again: bool = False) -> bool:
        """Fetch what is there, from all partitions at once; return whether there may be more.

        Partitions whose consumer is gone are dropped. With *again* also what is here already comes once more.
        """
        await self._link.listen(f"{self._inbox}.*", self._receive)
        pulls = [
            await self._ask(partition, consumer, room)
            for partition, consumer in list(self._desk.consumers.items())
            if (room := _PREFETCH if again else self._room(partition, wanted)) > 0
        ]
        if not pulls:
            return False
        try:
            async with asyncio.timeout(_PULL_S):
                endings = await asyncio.gather(*(pull.done for pull in pulls))
        except TimeoutError as error:
            raise UnavailableError("NATS did not answer a request for messages in time") from error
        finally:
            self._pulls.clear()
        for pull, ending in zip(pulls, endings, strict=True):
            if ending in (NO_RESPONDERS, "409"):
                self._desk.drop(pull.partition)
        return "" in endings

    def _room(self, partition: int, wanted: int) -> int:
        here = self._desk.sizes.get(partition, 0)
        if here < _PREFETCH:
            return min(max(wanted, _BATCH), _PREFETCH - here)
        # All that is here stands behind a few heads: other keys must not wait for them.
        stuck = self._desk.bytes < _STUCK_BYTES and not self._desk.ready_of(partition)
        return _PREFETCH if stuck else 0

    async def _ask(self, partition: int, consumer: str, batch: int) -> _Pull:
        number = str(next(self._numbers))
        done: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        pull = self._pulls[consumer] = _Pull(number, partition, batch, done)
        body = msgspec.json.encode({"batch": batch, "no_wait": True, "max_bytes": _PULL_BYTES})
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{self._stream}.{consumer}"
        self._link.watch(done)
        await self._link.post(subject, body, reply=f"{self._inbox}.{number}")
        return pull

    def _receive(self, message: Msg) -> None:
        ending = status(message)
        if ending:
            number = message.subject.rpartition(".")[2]
            for pull in self._pulls.values():
                if pull.number == number and not pull.done.done():
                    pull.done.set_result("404" if _is_size(message) else ending)
            return
        meta = delivered(message.reply)
        content = message_from(self._desk.queue, message.data)
        partition = int(message.subject.split(".")[-3])
        if content is None:
            # Perhaps a newer version wrote it: it stays where it is.
            _log.error("message_not_understood", queue=self._desk.queue, sequence=meta.sequence)
        elif self._desk.consumers.get(partition) == meta.consumer:
            self._desk.add(partition, meta.sequence, content, meta.published_ns, message.reply)
        pulled = self._pulls.get(meta.consumer)
        if pulled is not None:
            pulled.left -= 1
            if pulled.left == 0 and not pulled.done.done():
                pulled.done.set_result("")


def _is_size(message: Msg) -> bool:
    """Return whether a pull ended because its bytes were used up, which loses nothing."""
    return "maxbytes" in str((message.headers or {}).get("Description", "")).lower()
