"""Dead letters: kept by organisation and number, listed by name, read when asked for."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence

from chariot.adapters.nats.desk import Entry, moment
from chariot.adapters.nats.engine import ApiError, Engine, Record
from chariot.adapters.nats.wire import (
    LetterRecord,
    Names,
    letter_from,
    organisation_token,
    pack,
    version,
)
from chariot.model.keys import Organisation
from chariot.modules.work.messages import ERROR_LIMIT, DeadLetter, Message

_NUMBER = re.compile(r"\d{1,20}-\d{1,20}", re.ASCII)
_PAGE_LIMIT = 1_000
_AT_ONCE = 50


class Letters:
    """The stream of dead letters."""

    def __init__(self, engine: Engine, names: Names) -> None:
        self._engine = engine
        self._names = names

    async def keep(self, entry: Entry, error: str, now: float) -> None:
        """Make a letter of *entry*; made twice it is one letter."""
        message = entry.message
        record = LetterRecord(
            version=version(),
            queue=message.queue,
            id=message.id,
            organisation=message.organisation,
            order_key=message.order_key,
            body=message.body,
            attempts=entry.attempt,
            error=error[:ERROR_LIMIT],
            published_ns=entry.published_ns,
            died_ns=max(entry.published_ns, round(now * 1e9)),
        )
        number = f"{entry.published_ns}-{entry.sequence}"
        subject = self._names.letters(message.queue, organisation_token(message.organisation), number)
        try:
            await self._engine.put(subject, pack(record))
        except ApiError as refused:
            if not refused.is_there_already:
                raise

    async def count(self, queue: str, organisation: Organisation | None) -> int:
        """Return how many letters there are; the server keeps the number."""
        first = await self._engine.first(self._names.dead, self._names.letters(queue, _token(organisation)))
        return 0 if first is None else first.more + 1

    async def newest(
        self, organisation: Organisation | None, queue: str, limit: int, after: str
    ) -> Sequence[DeadLetter]:
        """Return letters, newest publication first."""
        subject = self._names.letters(queue or "*", _token(organisation))
        found = sorted(
            (_age(one.rpartition(".")[2]), one)
            for one in await self._engine.subjects(self._names.dead, subject)
        )
        before = _age(after) if _NUMBER.fullmatch(after) else None
        chosen = [one for age, one in reversed(found) if before is None or age < before]
        chosen = chosen[: max(0, min(limit, _PAGE_LIMIT))]
        letters: list[DeadLetter] = []
        for first in range(0, len(chosen), _AT_ONCE):
            reads = [self._engine.first(self._names.dead, one) for one in chosen[first : first + _AT_ONCE]]
            letters += [letter for record in await asyncio.gather(*reads) if (letter := _letter(record))]
        return letters

    async def replay(
        self,
        numbers: Sequence[str],
        organisation: Organisation | None,
        publish: Callable[[Message, str], Awaitable[bool]],
    ) -> int:
        """Publish letters again by *publish*, then drop them; return how many were published."""
        replayed = 0
        for number in dict.fromkeys(numbers):
            if not _NUMBER.fullmatch(number):
                continue
            subject = self._names.letters("*", _token(organisation), number)
            record = await self._engine.get(self._names.dead, subject)
            letter = _letter(record)
            if record is None or letter is None or organisation not in {None, letter.message.organisation}:
                continue
            replayed += await publish(letter.message, number)
            await self._engine.delete(self._names.dead, record.sequence)
        return replayed


def _token(organisation: Organisation | None) -> str:
    return "*" if organisation is None else organisation_token(organisation)


def _age(number: str) -> tuple[int, int]:
    published, _, sequence = number.partition("-")
    return int(published), int(sequence)


def _letter(record: Record | None) -> DeadLetter | None:
    stored = None if record is None else letter_from(record.data)
    if record is None or stored is None:
        return None
    return DeadLetter(
        number=record.subject.rpartition(".")[2],
        message=Message(
            queue=stored.queue,
            id=stored.id,
            organisation=Organisation(stored.organisation),
            order_key=stored.order_key,
            body=stored.body,
        ),
        attempts=stored.attempts,
        error=stored.error,
        published_at=moment(stored.published_ns / 1e9),
        died_at=moment(stored.died_ns / 1e9),
    )
