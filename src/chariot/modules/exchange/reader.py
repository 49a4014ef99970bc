"""Readers: a file becomes batches, after it was checked to its end; in this process or in one beside it."""

from collections.abc import Generator, Iterable
from contextlib import closing
from datetime import datetime
from typing import IO, Final, Protocol

from chariot.format import Format, Parsed, Refused
from chariot.modules.exchange.batches import Batch, batches, covering
from chariot.modules.exchange.source import Source

HELD_ITEMS: Final = 40_000
"""A file with fewer records, entities and relationships is held after the check, and not read a second time."""
HELD_BYTES: Final = 8_000_000
"""In a larger file there are hardly so few, and it is not tried."""


class Reader(Protocol):
    """Reads one file, first to see that it is sound, then for what it says. Both take their time."""

    def check(self) -> None:
        """Return where the file is sound to its end.

        Raises:
            InvalidError: it is broken; the text names the place.
            UnavailableError: what reads it ended.
        """
        ...

    def batches(self, now: datetime) -> Generator[Batch]:
        """Yield what it says, after `check`; what says no time, or a later one than *now*, was seen *now*.

        Raises:
            InvalidError: see `check`.
            UnavailableError: see `check`.
        """
        ...


class FileReader:
    """Reads in this process. See `Reader`."""

    def __init__(
        self, chosen: Format, source: Source, *, complete: bool, batch_items: int, held_items: int
    ) -> None:
        self._format = chosen
        self._source = source
        self._complete = complete
        self._batch_items = batch_items
        self._held_items = held_items
        self._items: Iterable[Parsed | Refused] = ()

    def check(self) -> None:
        """See `Reader.check`."""
        self._items = _checked(self._format, self._source, self._held_items)

    def batches(self, now: datetime) -> Generator[Batch]:
        """See `Reader.batches`."""
        items = covering(self._items) if self._complete else self._items
        return batches(items, self._format.name, now, self._batch_items)


def _checked(reader: Format, source: Source, limit: int) -> Iterable[Parsed | Refused]:
    """Return the records of a file that is sound to its end: held where they are few, else to be read again."""
    held: list[Parsed | Refused] = []
    items = 0 if source.size_bytes <= HELD_BYTES else limit
    stream = source.stream
    stream.seek(0)
    with closing(_parsed(reader, stream)) as parsed:
        for item in parsed:
            held.append(item)
            items += 1 if isinstance(item, Refused) else 1 + len(item.entities) + len(item.relationships)
            if items > limit:
                break
        else:
            return held
    held.clear()
    stream.seek(0)
    reader.check(stream)
    stream.seek(0)
    return reader.parse(stream)


def _parsed(reader: Format, stream: IO[bytes]) -> Generator[Parsed | Refused]:
    yield from reader.parse(stream)
