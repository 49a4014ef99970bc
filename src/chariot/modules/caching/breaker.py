"""A circuit breaker: something that is away is left alone for a while instead of being waited for each time."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import TypeVar

import msgspec

from chariot.errors import ConflictError, InvalidError, NotFoundError, UnavailableError

_FAILURES = 3
_OUTSIDE_FAILURES = 5
_PLACES = 1_000
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
    outside: bool = False
    """True where it stands for places outside: then `failures` are how many of them fail."""


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
        except (InvalidError, NotFoundError, ConflictError):
            # Whoever refuses is there.
            self._close()
            raise
        finally:
            if probe:
                self._trying = False
        self._close()
        return result

    def _close(self) -> None:
        self._failures, self._error, self._opened_until = 0, "", None

    def _fail(self, error: str) -> None:
        self._failures += 1
        self._error = error
        if self._failures >= self._limit:
            times = min(self._failures - self._limit, 10)
            self._opened_until = self._clock() + min(_LONGEST_PAUSE_S, self._pause_s * 2.0**times)


class Places:
    """One breaker for each place outside that one kind of work asks: who is away is nobody else's trouble."""

    def __init__(
        self,
        name: str,
        *,
        failures: int = _OUTSIDE_FAILURES,
        pause_s: float = _PAUSE_S,
        kept: int = _PLACES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Of those that fail, the *kept* that were asked last are remembered."""
        self._name = name
        self._failures = failures
        self._pause_s = pause_s
        self._kept = kept
        self._clock = clock
        self._failing: OrderedDict[str, Breaker] = OrderedDict()

    @property
    def open(self) -> int:
        """How many places are left alone now."""
        return sum(one.state().circuit is not Circuit.CLOSED for one in self._failing.values())

    def state(self) -> BreakerState:
        """Return how all stand together; no place is named, since whose they are is nobody else's business."""
        left = self.open
        circuit = Circuit.OPEN if left else Circuit.CLOSED
        error = f"{left:,} are left alone for a moment" if left else ""
        return BreakerState(self._name, circuit, len(self._failing), error, outside=True)

    async def call(self, place: str, work: Callable[[], Awaitable[T]]) -> T:
        """Return what *work* returns, which asks *place*; see `Breaker.call`."""
        breaker = self._failing.pop(place, None) or Breaker(
            place, failures=self._failures, pause_s=self._pause_s, clock=self._clock
        )
        self._failing[place] = breaker
        if len(self._failing) > self._kept:
            self._failing.popitem(last=False)
        try:
            return await breaker.call(work)
        finally:
            if breaker.state().failures:
                self._failing.setdefault(place, breaker)
            elif self._failing.get(place) is breaker:
                del self._failing[place]


class Breakers:
    """The breakers of everything outside that is asked for answers, by what it is asked for."""

    def __init__(self) -> None:
        self.webhooks = Places("webhooks")
        self.sources = Places("sources")
        self.issuers = Places("issuers")
        self.integrations = Places("integrations")
        self.witness = Places("audit witness")

    def all(self) -> tuple[Places, ...]:
        """Return all of them."""
        return (self.webhooks, self.sources, self.issuers, self.integrations, self.witness)
