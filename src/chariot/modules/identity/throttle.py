"""Guessing made slow: who failed often waits, and twice as long each time."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from chariot.errors import BusyError

LONGEST_WAIT_S: Final = 900.0
_FIRST_WAIT_S: Final = 1.0
_FORGOTTEN_AFTER_S: Final = 86_400.0
_TOLD_EVERY_S: Final = 1.0


class SlowDownError(BusyError):
    """Too many attempts failed; nothing was looked at."""


class Throttle:
    """Counts failures of whoever tries, and of whatever is tried. The oldest counts are forgotten first."""

    def __init__(self, *, clock: Callable[[], float], kept: int = 50_000) -> None:
        self._clock = clock
        self._kept = kept
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._told: OrderedDict[str, float] = OrderedDict()

    def check(self, *names: tuple[str, int]) -> None:
        """Let an attempt pass; each name comes with how many failures it has free.

        Raises:
            SlowDownError: one of them has to wait.
        """
        wait_s = max((self._wait_s(name, free) for name, free in names), default=0.0)
        if wait_s > 0:
            raise SlowDownError("too many attempts failed; wait", retry_after_s=wait_s)

    def failed(self, *names: str) -> None:
        """Count one failure of each of *names*."""
        now = self._clock()
        for name in names:
            count, at = self._failures.pop(name, (0, now))
            self._failures[name] = (1 if now - at > _FORGOTTEN_AFTER_S else count + 1, now)
            if len(self._failures) > self._kept:
                self._failures.popitem(last=False)

    def succeeded(self, *names: str) -> None:
        """Forget the failures of *names*."""
        for name in names:
            self._failures.pop(name, None)

    def tells(self, name: str) -> bool:
        """Tell whether the log should hear of *name* now: once a second, so that nobody fills it by hammering."""
        now = self._clock()
        if now - self._told.get(name, -_FORGOTTEN_AFTER_S) < _TOLD_EVERY_S:
            return False
        self._told.pop(name, None)
        self._told[name] = now
        if len(self._told) > self._kept:
            self._told.popitem(last=False)
        return True

    def _wait_s(self, name: str, free: int) -> float:
        count, at = self._failures.get(name, (0, 0.0))
        return wait_after(count, free) - (self._clock() - at) if count > free else 0.0


def wait_after(failures: int, free: int) -> float:
    """Return how long to wait after so many failures, in seconds.

    >>> [wait_after(count, 5) for count in (5, 6, 7, 40)]
    [0.0, 1.0, 2.0, 900.0]
    """
    beyond = failures - free
    return min(_FIRST_WAIT_S * 2.0 ** min(beyond - 1, 20), LONGEST_WAIT_S) if beyond > 0 else 0.0
