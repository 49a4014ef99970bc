"""A change log in memory, and stages that do what a test tells them."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

from chariot.model.keys import Key, Organisation
from chariot.model.records import Change, Op
from chariot.modules.work.messages import Message

ACME = Organisation("acme")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class MemoryLog:
    def __init__(self) -> None:
        self.written: list[Change] = []

    def write(self, key: str, op: Op = Op.CREATED, **more: object) -> Change:
        fields = {"kind": key.split("#")[1], "organisation": ACME, "revision": 1, "at": NOON} | more
        change = Change(sequence=3 * len(self.written) + 1, op=op, key=Key(key), **fields)
        self.written.append(change)
        return change

    async def changes(
        self, after: int, limit: int, *, organisation: Organisation | None = None
    ) -> Sequence[Change]:
        return [change for change in self.written if change.sequence > after][:limit]

    async def last_sequence(self) -> int:
        return self.written[-1].sequence if self.written else 0


class FakeStage:
    def __init__(self, handle: Callable[[Message], Awaitable[None]], queue: str = "plan") -> None:
        self._handle = handle
        self._queue = queue

    @property
    def queue(self) -> str:
        return self._queue

    async def handle(self, message: Message) -> None:
        await self._handle(message)


class FakeGatheringStage(FakeStage):
    """Does several together as a test tells it."""

    def __init__(
        self,
        handle: Callable[[Message], Awaitable[None]],
        handle_all: Callable[[Sequence[Message]], Awaitable[None]],
        at_once: int = 10,
    ) -> None:
        super().__init__(handle)
        self._handle_all = handle_all
        self.at_once = at_once

    async def handle_all(self, messages: Sequence[Message]) -> None:
        await self._handle_all(messages)


def message(name: str, key: str = "", queue: str = "plan") -> Message:
    return Message(queue=queue, id=name, organisation=ACME, order_key=key or f"#domain#{name}", body=b"{}")
