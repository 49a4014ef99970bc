"""How much may come: token buckets by user, address and organisation, and how many requests at a time."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from chariot.errors import BusyError

if TYPE_CHECKING:
    from chariot.entrypoints.rest.services import RestLimits


_BURST_S = 4
"""A role's bucket holds what comes in so many seconds."""


class TokenBuckets:
    """One bucket a caller, filled at *rate_per_s* up to *burst*; those unused for longest are forgotten first.

    A forgotten bucket comes back full, so *kept* must be larger than the number of callers at a time.
    """

    def __init__(
        self,
        rate_per_s: float,
        burst: int,
        *,
        clock: Callable[[], float],
        kept: int = 10_000,
        name: str = "caller",
    ) -> None:
        self.rate_per_s = rate_per_s
        self.burst = burst
        self._most = burst - 1.0
        """What a full bucket has left after one was taken."""
        self._clock = clock
        self._kept = kept
        self._buckets: dict[str, list[float]] = {}
        self.name = name
        self._label = b'"%b";r=' % name.encode()
        self.policy = f'"{name}";q={burst};w={max(1, math.ceil(burst / rate_per_s))}'
        """Its part of the RateLimit-Policy header. Source: draft-ietf-httpapi-ratelimit-headers-10, section 3."""

    def take(self, caller: str, now: float | None = None) -> float:
        """Take one token of *caller*'s; return how many remain, below 0 when there was none to take.

        *now* is the clock's time, where it was read already.
        """
        if now is None:
            now = self._clock()
        bucket = self._buckets.get(caller)
        if bucket is None:
            if len(self._buckets) >= self._kept:
                self._forget()
            self._buckets[caller] = [self._most, now]
            return self._most
        left = bucket[0] + (now - bucket[1]) * self.rate_per_s - 1.0
        if left > self._most:  # noqa: PLR1730 - a call of `min` costs more than all the rest here
            left = self._most
        bucket[0] = left if left >= 0.0 else left + 1.0
        bucket[1] = now
        return left

    def wait_s(self, remaining: float) -> float:
        """Return how long until the next one may come, after `take` returned *remaining*."""
        if remaining < 0:
            return -remaining / self.rate_per_s
        return 0.0 if remaining >= 1.0 else (1.0 - remaining) / self.rate_per_s

    def header(self, remaining: float) -> tuple[bytes, bytes]:
        """Return the RateLimit header that tells of this bucket, after `take` returned *remaining*."""
        if remaining >= 1.0:
            return b"ratelimit", b"%b%d;t=1" % (self._label, remaining)
        return b"ratelimit", b"%b0;t=%d" % (self._label, self.wait_s(remaining) + 1.0)

    def _forget(self) -> None:
        oldest = sorted(self._buckets, key=lambda caller: self._buckets[caller][1])
        for caller in oldest[: max(1, self._kept // 4)]:
            del self._buckets[caller]


class Buckets:
    """The buckets that one request takes from: its caller's, its address's and its organisation's."""

    def __init__(self, limits: "RestLimits", *, clock: Callable[[], float]) -> None:
        self.users = TokenBuckets(limits.requests_per_s, limits.burst, clock=clock)
        self.addresses = TokenBuckets(
            limits.address_requests_per_s, limits.address_burst, clock=clock, name="address"
        )
        self.organisations = TokenBuckets(
            limits.organisation_requests_per_s, limits.organisation_burst, clock=clock, name="organisation"
        )
        self._clock = clock
        self._slower: dict[int, TokenBuckets] = {}
        every = (self.users, self.addresses, self.organisations)
        self.policy = (b"ratelimit-policy", ", ".join(one.policy for one in every).encode())
        """The header that names them."""

    def take(
        self,
        who: str,
        address: str,
        organisation: str,
        *,
        now: float | None = None,
        shared: float | None = None,
        rate_per_s: int | None = None,
    ) -> tuple[TokenBuckets, float]:
        """Take one token of each; return the one with least in it, and what it has left.

        An address or organisation that is empty has no bucket. *now* is the clock's time, where it was read already.
        *rate_per_s* is what the caller's roles allow, where that is less than anybody may. *shared* is what the caller
        has left in a bucket that is kept elsewhere. Where one is found empty, those behind it are left alone.
        """
        bucket = self.users
        if now is None:
            now = self._clock()
        if rate_per_s is not None and rate_per_s < bucket.rate_per_s:
            bucket, shared = self._rated(rate_per_s), None
        left = bucket.take(who, now) if shared is None else shared
        if left >= 0 and address:
            other = self.addresses.take(address, now)
            if other < left:
                bucket, left = self.addresses, other
        if left >= 0 and organisation:
            other = self.organisations.take(organisation, now)
            if other < left:
                bucket, left = self.organisations, other
        return bucket, left

    def _rated(self, rate_per_s: int) -> TokenBuckets:
        """Return the buckets of those whose roles let them ask so fast."""
        found = self._slower.get(rate_per_s)
        if found is None:
            found = TokenBuckets(rate_per_s, max(1, rate_per_s * _BURST_S), clock=self._clock)
            self._slower[rate_per_s] = found
        return found


class Gate:
    """Lets a bounded number of requests work at a time; one too many is told at once to come again.

    What is let in is answered about as fast under overload as without, because nothing queues behind it.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.inside = 0
        """How many are at work."""
        self.refused = 0
        """How many were told to come again."""

    @contextmanager
    def passed(self) -> Iterator[None]:
        """Count one request for as long as the block runs.

        Raises:
            BusyError: as many are at work as may be.
        """
        if self.inside >= self._most:
            self.refused += 1
            raise BusyError(f"{self._most:,} requests are at work already", retry_after_s=1.0)
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1
