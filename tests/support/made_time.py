"""Time that passes only while nothing else is left to do: what waits an hour ends at once, and nothing comes too late.

For tests of code that waits by `asyncio` alone. Threads and sockets take real time, in which this one stands still.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class MadeTime:
    """The clocks of one loop."""

    def __init__(self) -> None:
        self._passed_s = 0.0

    def clock(self) -> float:
        """Return the monotonic time, in seconds."""
        return self._passed_s

    def now(self) -> datetime:
        """Return what a clock on the wall shows."""
        return NOON + timedelta(seconds=self._passed_s)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let the running loop live in this time."""
        loop: Any = asyncio.get_running_loop()
        selector, usual_time = loop._selector, loop.time
        usual_select = selector.select

        def select(timeout_s: float | None = None) -> object:
            ready = usual_select(0 if timeout_s is not None else None)
            if not ready and timeout_s:
                self._passed_s += max(timeout_s, 0)
            return ready

        selector.select, loop.time = select, self.clock
        try:
            yield
        finally:
            selector.select, loop.time = usual_select, usual_time
