"""What others need of the audit log, and what it needs from outside."""

from collections.abc import Callable, Sequence
from datetime import datetime
from types import TracebackType
from typing import Protocol

import msgspec

from chariot.model.keys import Organisation
from chariot.modules.audit.chain import Row
from chariot.modules.audit.entries import Ending, Entry
from chariot.modules.audit.seals import Signed


class Auditor(Protocol):
    """Takes entries."""

    def note(self, entry: Entry) -> None:
        """Take an entry about something that was only read or refused; it is written within a second.

        Raises:
            BusyError: more wait than may; what was asked is then not done.
        """
        ...

    async def record(self, entry: Entry) -> None:
        """Write an entry about something that changes something, and return when it is durable.

        Raises:
            UnavailableError: it cannot be written; what was asked is then not done.
        """
        ...


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries are asked for; what is empty is not asked."""

    actor: str = ""
    actors: Sequence[str] = ()
    """Any of these, whole: what the log may have written an actor as."""
    action: str = ""
    """Whole, or its beginning with `*` behind it."""
    object: str = ""
    objects: Sequence[str] = ()
    """Any of these, whole."""
    address: str = ""
    request_id: str = ""
    ending: Ending | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int = 0
    """Only entries with a smaller number; 0 is none."""
    limit: int = 100


class Addition(msgspec.Struct, frozen=True, kw_only=True):
    """What one transaction does to the log of one organisation."""

    rows: Sequence[Row] = ()
    checkpoint: tuple[int, Signed] | None = None
    """With the number of the entry at which it stands."""
    start: int = 0
    """Entries up to this number go, where they are older than `KEPT_DAYS`."""
    head: Signed


Decide = Callable[[Signed | None], Addition | None]
"""Takes the present head; returns what is done, or None for nothing. It may be asked again after a conflict."""

Chain = Callable[[Signed | None, Sequence[Entry]], Addition]
"""Takes the present head and entries of one organisation; returns what adds them."""


class Announced(Protocol):
    """One entry that goes in with a write; entered for as long as that write may be made."""

    @property
    def is_under_way(self) -> bool:
        """Tell whether it is in the log, or in a write that was accepted."""
        ...

    @property
    def addition(self) -> Addition | None:
        """What it went in with, told to the first of the entries that went in together."""
        ...

    def __enter__(self) -> object:
        """Begin the block."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """End the block: what is written from now on goes without it."""
        ...


class Announcing(Protocol):
    """A log in the same file as the surface that it tells of."""

    def announced(self, entry: Entry, chain: Chain) -> Announced:
        """Let *entry* go in with the first write to the surface in the block, in the same transaction.

        Neither is there without the other, but that an entry stays whose write was refused. Where what *chain*
        returns cannot be added, the write fails with UnavailableError. What many announce at the same time is
        added at once.
        """
        ...


def unwritten(error: Exception) -> str:
    """Return what somebody is told whose deed cannot be audited because of *error*."""
    return f"the audit log cannot be written: {error}"


KEPT_DAYS = 30
"""What is younger than this no retention takes away."""


class LogReader(Protocol):
    """What a verification reads of a log."""

    async def head(self, organisation: Organisation) -> Signed | None:
        """Return the head; None where nothing was ever written."""
        ...

    async def rows(self, organisation: Organisation, *, after: int, limit: int) -> Sequence[Row]:
        """Return rows in their order, the first behind the number *after*.

        Raises:
            InvalidError: a row holds what is no text; somebody else wrote it.
        """
        ...

    async def checkpoints(self, organisation: Organisation, *, after: int, limit: int) -> Sequence[Signed]:
        """Return checkpoints in their order, the first behind the entry numbered *after*."""
        ...

    async def misplaced(self, organisation: Organisation) -> Sequence[int]:
        """Return the numbers at which the head and checkpoints are kept that are not the ones that were signed."""
        ...


class AuditLog(LogReader, Protocol):
    """Keeps the entries of each organisation; adds, and takes away only what retention says."""

    async def write(self, organisation: Organisation, decide: Decide) -> None:
        """Do what *decide* returns in one transaction; nobody else writes the organisation's log meanwhile.

        What *decide* raises comes through, and nothing is done.

        Raises:
            BusyError: too many writes wait already.
            UnavailableError: the engine cannot write now.
        """
        ...

    def announcing(self, organisation: Organisation) -> Announcing | None:
        """Return what lets an entry go in with a write; None where the two are not in one file."""
        ...

    async def find(self, organisation: Organisation, question: Question) -> Sequence[Row]:
        """Return the newest rows first that *question* asks for, at most its limit."""
        ...

    async def organisations(self) -> Sequence[Organisation]:
        """Return every organisation that has a head, sorted."""
        ...


class Checker(Protocol):
    """Tells whose signatures are trusted."""

    def check(self, signed: Signed) -> str:
        """Return why *signed* is not to be trusted; empty when a trusted key signed it."""
        ...


class Signer(Checker, Protocol):
    """Signs heads and checkpoints, with a key that stands apart from the log."""

    @property
    def public(self) -> str:
        """The own public key in hexadecimal."""
        ...

    def sign(self, data: bytes) -> Signed:
        """Return *data*, a text, with its signature by the own key.

        Raises:
            ConfigurationError: the key cannot be read or made.
        """
        ...


class Anchors(Protocol):
    """Keeps the last checkpoint of each organisation apart from the log."""

    def keep(self, organisation: Organisation, checkpoint: Signed) -> None:
        """Keep *checkpoint* in the place of the one before, unless that was taken of more entries."""
        ...

    def last(self, organisation: Organisation) -> Signed | None:
        """Return the last checkpoint of one organisation; None where none is kept."""
        ...

    def kept(self) -> dict[Organisation, Signed]:
        """Return the last checkpoint of each organisation."""
        ...
