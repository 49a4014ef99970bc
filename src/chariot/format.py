"""The public contract for a file format: what another tool wrote becomes entities and relationships.

A format reads a stream once, in constant memory, and yields what each record says. Another package adds one
through the entry point group `chariot.formats`; built-in ones are found the same way.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import datetime
from typing import IO, ClassVar

import msgspec

from chariot.model.base import Entity
from chariot.model.keys import Key
from chariot.model.relationships import Relationship
from chariot.model.states import RiskState

SNIFFED_BYTES = 8_192
"""How much of the beginning of a file `Format.sniff` sees."""


class Decided(msgspec.Struct, frozen=True, gc=False):
    """What a file says that people decided about a risk; it becomes a decision with its reason, not a sighting.

    It gives way to what was decided here: where the file tells when, to what is newer, else to all that there is.
    """

    risk: Key
    state: RiskState
    reason: str = ""
    until: datetime | None = None
    """When an acceptance ends."""
    at: datetime | None = None
    """When it was decided, aware UTC; None where the file does not say."""
    is_settled: bool = False
    """True where the file does not see the risk with it: it holds for one that is there, unless the file sees it."""


class Parsed(msgspec.Struct, frozen=True, gc=False):
    """What one record of a file says. A relationship's ends stand in the same or an earlier record."""

    place: str
    """Where the record stands, for messages: a line, a host, a path."""
    entities: tuple[Entity, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    findings: int = 0
    """How many findings the tool itself counts in it, before any grouping of ours."""
    seen_at: datetime | None = None
    """When the tool saw it, aware UTC; None where the file does not say."""
    covers: tuple[Key, ...] = ()
    """Targets whose findings by this tool are complete in this file; an address stands for its ports too.

    After an import, the open risks that this tool once reported there and that the file no longer has are closed.
    Name a target only where the file says that it was looked at whole: finished, with all checks and all ports.
    """
    decided: tuple[Decided, ...] = ()
    """What people decided about risks of the same record."""


class Refused(msgspec.Struct, frozen=True, gc=False):
    """One record that cannot be taken, and why; the others can."""

    place: str
    reason: str


class Format(ABC):
    """Reads the files of one tool."""

    name: ClassVar[str]
    """Short and lower case; it stands in the origins of all that an import brings."""
    title: ClassVar[str]
    example: ClassVar[str]
    """A command of the tool that writes such a file."""

    @abstractmethod
    def sniff(self, head: bytes) -> int:
        """Return how sure the beginning of a file makes it, 0 (not ours) to 100; never raises."""
        ...

    @abstractmethod
    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """Yield what the records say, in the order of the file.

        Raises:
            InvalidError: the file as a whole is broken or not of this format; the text names line or offset.
        """
        ...

    def check(self, stream: IO[bytes]) -> None:
        """Read to the end and return where `parse` would not fail as a whole; by default by parsing.

        It runs before anything of a large file is written. A format that knows a quicker way overrides it.

        Raises:
            InvalidError: see `parse`.
        """
        for _ in self.parse(stream):
            pass
