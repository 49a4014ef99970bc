"""Watching a format read: how far it is, and stopping it between two records."""

import threading
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from pathlib import PurePath
from typing import IO, Any

from chariot.errors import ConflictError
from chariot.format import Format, Parsed, Refused
from chariot.model.keys import Organisation
from chariot.model.kinds.exchange import Import
from chariot.modules.exchange.ledger import Ledger
from chariot.modules.surface.service import SurfaceService

_LOOK_EVERY = 50
"""Records between two looks at the position; a record may be as small as a line."""
_CHECKED_PERCENT = 30
"""What the check before the first write counts for."""


class StoppedError(ConflictError):
    """Somebody asked the reading to stop; what is written is whole, and can be gone on with."""


class Watch:
    """What one thread reads, as another sees it."""

    def __init__(self, size_bytes: int) -> None:
        self.percent = 0
        self.findings = 0
        self._size_bytes = max(size_bytes, 1)
        self._is_checked = False
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Let the reading end before its next record."""
        self._stopped.set()

    def checked(self) -> None:
        """The file is sound to its end; from now on it is written."""
        self._is_checked = True
        self.percent = max(self.percent, _CHECKED_PERCENT)

    def at(self, position: int, findings: int) -> None:
        """Note that the reader is at *position* bytes.

        Raises:
            StoppedError: see `stop`.
        """
        if self._stopped.is_set():
            raise StoppedError("the import was stopped")
        # A packed file grows as it is read, so its position may lie beyond its size.
        share = min(position / self._size_bytes, 1.0)
        low, high = (_CHECKED_PERCENT, 99) if self._is_checked else (0, _CHECKED_PERCENT)
        self.percent = max(self.percent, int(low + (high - low) * share))
        self.findings = max(self.findings, findings)


class Watched(Format):
    """A format that tells a watch how far it is."""

    def __init__(self, inner: Format, watch: Watch) -> None:
        # They belong to the class everywhere else; here each instance stands for another format.
        self.name = inner.name  # type: ignore[misc]  # see above
        self.title = inner.title  # type: ignore[misc]  # see above
        self.example = inner.example  # type: ignore[misc]  # see above
        self._inner = inner
        self._watch = watch

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        return self._inner.sniff(head)

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`.

        Raises:
            StoppedError: somebody asked for it.
        """
        findings = 0
        for number, item in enumerate(self._inner.parse(stream)):
            if isinstance(item, Parsed):
                findings += item.findings
            if number % _LOOK_EVERY == 0:
                self._watch.at(_position(stream), findings)
            yield item
        self._watch.at(_position(stream), findings)

    def check(self, stream: IO[bytes]) -> None:
        """See `Format.check`."""
        if type(self._inner).check is Format.check:
            super().check(stream)
        else:
            self._inner.check(stream)
        self._watch.checked()


class PlainLedger(Ledger):
    """A ledger that names files alone: the folder they lie in meanwhile means nothing to anybody."""

    async def begin(self, organisation: Organisation, *, file: str, **more: Any) -> Import:
        """See `Ledger.begin`."""
        return await super().begin(organisation, file=PurePath(file).name, **more)


class JobLedger(PlainLedger):
    """The ledger of one job, which learns of its import before anything of that is written."""

    def __init__(
        self,
        surface: SurfaceService,
        *,
        now: Callable[[], datetime],
        begun: Callable[[Import], Awaitable[None]],
    ) -> None:
        super().__init__(surface, now=now)
        self._begun = begun

    async def begin(self, organisation: Organisation, **about: Any) -> Import:
        """See `Ledger.begin`."""
        entry = await super().begin(organisation, **about)
        await self._begun(entry)
        return entry


def _position(stream: IO[bytes]) -> int:
    # A reader may have closed what it read to the end.
    return 0 if stream.closed else stream.tell()
