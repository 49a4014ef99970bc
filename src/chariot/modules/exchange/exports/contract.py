"""The public contract for an export format: records and relationships become one file of another tool's kind.

An exporter reads its source page by page and writes as it reads, so a large surface needs no more memory than a
small one. Another package adds one through the entry point group `chariot.exporters`; built-in ones are found
the same way.
"""

from abc import ABC, abstractmethod
from typing import ClassVar, Protocol

import msgspec

from chariot.modules.exchange.exports.source import Source


class Sink(Protocol):
    """Where the bytes of an export go. The service makes the file whole or leaves none."""

    def write(self, data: bytes, /) -> int:
        """Take *data*, all of it."""
        ...


class Written(msgspec.Struct, frozen=True):
    """What went into an export."""

    records: int = 0
    relationships: int = 0


class Exporter(ABC):
    """Writes one format. All text of the surface comes from outside: each writer escapes it for its format."""

    name: ClassVar[str]
    """Short and lower case, as `--format` takes it."""
    title: ClassVar[str]
    media_type: ClassVar[str]
    extension: ClassVar[str]
    """Of the file's name, without its dot."""
    kinds: ClassVar[tuple[str, ...]] = ()
    """Kinds that the format can hold; empty is every kind."""
    default_kinds: ClassVar[tuple[str, ...]] = ()
    """Kinds that go in when nobody chose; empty is all it can hold."""
    one_kind: ClassVar[bool] = False
    """A file of this format is a table of one kind."""
    everything: ClassVar[bool] = False
    """Also what is not on the surface (gone, excluded) goes in."""
    selective: ClassVar[bool] = True
    """False for a report, which is always about everything, now."""

    @abstractmethod
    async def write(self, source: Source, sink: Sink) -> Written:
        """Write what *source* holds.

        Raises:
            ConfigurationError: a library that the format needs is not installed; the text names the extra.
        """
        ...
