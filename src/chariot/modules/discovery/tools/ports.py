"""What external tools need from outside: programs that are started, and a way for them to send within scope."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from io import BufferedReader
from pathlib import Path
from typing import Protocol

import msgspec

from chariot.capability import Network


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """One start of a program."""

    program: str
    """An absolute path."""
    arguments: tuple[str, ...]
    folder: Path
    """Its working folder, home and place for temporary files."""
    environment: Mapping[str, str]
    """The whole environment that it sees."""
    stdin: bytes = b""
    output_bytes: int
    """What it may write to any one file, and to its standard output."""


class RunningProgram(Protocol):
    """A program that was started."""

    @property
    def stdout(self) -> BufferedReader:
        """What it writes, to be read in another thread; ends when the program does, or is ended."""
        ...

    async def wait(self) -> int:
        """Return its exit code when it ends; below 0 it is the signal that ended it."""
        ...

    def is_cut(self) -> bool:
        """Return whether it wrote more than it may."""
        ...

    def complaint(self) -> str:
        """Return the last line that it wrote to its standard error."""
        ...


class Programs(Protocol):
    """Starts programs."""

    def find(self, name: str) -> str | None:
        """Return the absolute path of a program on the PATH, None when it is not installed."""
        ...

    def environment(self, passed: tuple[str, ...], home: Path | None) -> dict[str, str]:
        """Return a scrubbed environment: the search path, a plain locale, *home* (None keeps ours) and *passed*."""
        ...

    async def version(self, path: str, arguments: tuple[str, ...]) -> str:
        """Return the version that the program tells of itself, asked once for each file; empty when it tells none."""
        ...

    def folder(self) -> AbstractAsyncContextManager[Path]:
        """Make an empty folder that only our user can read; it is removed when the context ends."""
        ...

    def running(self, command: Command) -> AbstractAsyncContextManager[RunningProgram]:
        """Start a program without a shell; when the context ends it is ended, with every process it started.

        Raises:
            CannotRunError: it cannot be started; the text says why.
        """
        ...

    def proxy(self, network: Network) -> AbstractAsyncContextManager[str]:
        """Open an HTTP proxy on loopback for one run, and give its `address:port`.

        All that goes through it goes through *network*: scope, pace and journal hold for each connection.
        """
        ...


class Handover(Protocol):
    """A network that can hand an errand over to a program, which then sends by itself."""

    def handed_over(
        self, program: str, targets: Sequence[tuple[str, str, int]], *, rate_per_s: float
    ) -> AbstractAsyncContextManager[None]:
        """Let a program send to *targets* (name, address, port; port 0 is any) while the context lasts.

        Before, the scope is checked on each address, after the wait for a turn, and each is a line of the journal.
        Meanwhile, what the program may send counts towards the common pace.

        Raises:
            OutOfScopeError: the scope refuses one of them.
            CannotRunError: everything is stopped, or no contract allows it now.
        """
        ...
