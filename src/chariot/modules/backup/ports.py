"""What a backup takes from a store and gives back to it, and how it says what is inside."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

import msgspec


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One piece of a backup: a database file, or the rows of a table."""

    name: str
    size_bytes: int
    sha256: str
    schema: int
    """How many steps of migration it has."""
    counts: dict[str, int]
    """Rows by table."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a backup holds; it stands at its end, so whoever has read it has read everything."""

    engine: str
    program: str
    """The version that wrote it."""
    began_at: datetime
    """No write that was acknowledged before is missing."""
    parts: tuple[Part, ...]


class Sink(Protocol):
    """Takes the parts of a backup, one after the other."""

    def begin(self, name: str) -> None:
        """Start a part."""
        ...

    def write(self, data: bytes) -> None:
        """Add *data* to the part."""
        ...

    def end(self, *, schema: int, counts: Mapping[str, int]) -> None:
        """End the part."""
        ...


class Source(Protocol):
    """A store that can be copied while others write to it."""

    @property
    def engine(self) -> str:
        """What kind of store it is: a backup goes back into the same kind."""
        ...

    async def copy(self, sink: Sink) -> None:
        """Give all parts of one consistent state to *sink*.

        Raises:
            UnavailableError: the store is away, or there is no room for a snapshot.
            ConfigurationError: it may not be read, or is damaged.
        """
        ...


class Staging(Protocol):
    """A restore that nobody sees yet."""

    async def begin(self, name: str) -> None:
        """Start a part.

        Raises:
            InvalidError: no part has that name.
        """
        ...

    async def write(self, data: bytes) -> None:
        """Add *data* to the part."""
        ...

    async def end(self, part: Part) -> None:
        """End the part.

        Raises:
            InvalidError: it is not what *part* says.
            ConfigurationError: its schema is not one that this program can use.
        """
        ...

    async def commit(self, manifest: Manifest) -> None:
        """Put everything in its place, all or nothing, also when the process is killed meanwhile."""
        ...


class Target(Protocol):
    """A store that a backup can go back into."""

    @property
    def engine(self) -> str:
        """See `Source.engine`."""
        ...

    def staging(self, *, force: bool) -> AbstractAsyncContextManager[Staging]:
        """Return a place for the parts; what was not committed at its end is gone.

        Raises:
            ConflictError: there is data already and *force* was not said, or a process uses it.
        """
        ...
