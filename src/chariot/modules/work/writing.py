"""Whether the store keeps what it is given: a disk may be full, a database read-only."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from chariot.errors import BusyError, UnavailableError
from chariot.modules.work.ports import Checkpoints

_NAME: Final = "writing"
_FRESH_S: Final = 5.0
_WAIT_S: Final = 1.0
_REASON: Final = "takes no writes now: it is away, read-only or full"


class WriteProbe:
    """Keeps a moment in the store now and then, and tells whether that worked.

    A store that is slow or busy is none that takes nothing: what was known before holds then.
    """

    def __init__(
        self,
        checkpoints: Checkpoints,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
        wait_s: float = _WAIT_S,
    ) -> None:
        """*wait_s* is how long an answer is waited for."""
        self._checkpoints = checkpoints
        self._now = now
        self._clock = clock
        self._wait_s = wait_s
        self._asks_at = clock()
        self._reason = ""

    async def reason(self) -> str:
        """Return why nothing can be written, empty when it can; asked of the store every five seconds at most."""
        if self._clock() >= self._asks_at:
            self._asks_at = self._clock() + _FRESH_S
            try:
                async with asyncio.timeout(self._wait_s):
                    await self._checkpoints.put(_NAME, int(self._now().timestamp()))
            except (BusyError, TimeoutError):
                return self._reason
            except UnavailableError:
                self._reason = _REASON
            else:
                self._reason = ""
        return self._reason
