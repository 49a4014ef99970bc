"""A circuit breaker: something that is away is left alone for a while instead of being waited for each time."""

import time
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import TypeVar

import msgspec

from chariot.errors import UnavailableError

_FAILURES = 3
_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0

T = TypeVar("T")


class Circuit(Enum):
    """How a breaker stands."""

    CLOSED = "closed"
    """It is used."""
    OPEN = "open"
    """It is left alone."""
    TRYING = "trying"
    """One call finds out whether it is back."""


class BreakerState(msgspec.Struct, frozen=True):
    """What health and metrics tell."""

    name: str
    circuit: Circuit
    failures: int
    """How many calls failed since the last that did not."""
    error: str
    """Why the last one failed; empty while all is well."""


class Breaker:
    """Lets calls through until *failures* in a row say that it is away, then one after each pause."""

    def __init__(
        self,
        name: str,
        *,
        failures: int = _FAILURES,
        pause_s: float = _PAUSE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._limit = failures
        self._pause_s = pause_s
        self._clock = clock
        self._failures = 0
        self._error = ""
        self._opened_until: float | None = None
        self._trying = False

    def state(self) -> BreakerState:
        """Return how it stands now."""
        circuit = Circuit.CLOSED
        if self._opened_until is not None:
            circuit = Circuit.TRYING if self._trying else Circuit.OPEN
        return BreakerState(self._name, circuit, self._failures, self._error)

    async def call(self, work: Callable[[], Awaitable[T]]) -> T:
        """Return what *work* returns.

        Raises:
            UnavailableError: *work* raised it, or it is left alone now.
        """
        probe = self._opened_until is not None
        if probe and (self._trying or self._clock() < (self._opened_until or 0.0)):
            raise UnavailableError(f"{self._name} is left alone for a moment: {self._error}")
        self._trying = probe
        try:
            result = await work()
        except UnavailableError as error:
            self._fail(str(error))
            raise
        finally:
            if probe:
                self._trying = False
        self._failures, self._error, self._opened_until = 0, "", None
        return result

    def _fail(self, error: str) -> None:
        self._failures += 1
        self._error = error
        if self._failures >= self._limit:
            times = min(self._failures - self._limit, 10)
            self._opened_until = self._clock() + min(_LONGEST_PAUSE_S, self._pause_s * 2.0**times)
