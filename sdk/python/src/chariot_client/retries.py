"""When a request is sent again, and how long to wait before."""

import random
from collections.abc import Callable

import msgspec

_REFUSED = frozenset({429, 503})
"""Refused before anything was done; the server says when to come again."""
_FAILED = frozenset({500, 502, 504})
"""Nobody knows what was done."""


class Retries(msgspec.Struct, frozen=True, kw_only=True):
    """How often, and how patiently."""

    tries: int = 5
    """The most times that one request is sent; 1 is never again."""
    first_s: float = 0.25
    """About the first wait; each next one is twice as long."""
    longest_s: float = 30.0
    """The longest wait. A server that asks for more is not waited for."""

    def wait_s(
        self,
        attempt: int,
        *,
        harmless: bool,
        status: int | None = None,
        retry_after_s: float | None = None,
        chance: Callable[[], float] = random.random,
    ) -> float | None:
        """Return how long to wait after *attempt* (the first is 1), or None to give up.

        *harmless* tells that doing it twice is as doing it once; *status* is None when no answer came.
        """
        if attempt >= self.tries or not self._is_worth(status, harmless=harmless):
            return None
        if retry_after_s is not None:
            return retry_after_s if retry_after_s <= self.longest_s else None
        # Half of it is chance, so that many who failed together do not come again together.
        whole = min(self.longest_s, self.first_s * 2.0 ** (attempt - 1))
        return float(whole * (0.5 + chance() / 2))

    def _is_worth(self, status: int | None, *, harmless: bool) -> bool:
        if status is None or status in _FAILED:
            return harmless
        return status == 429 or (status in _REFUSED and harmless)


def retry_after_s(text: str | None) -> float | None:
    """Return the seconds of a Retry-After header; None without one, and for a date, which clocks disagree on.

    >>> retry_after_s("3"), retry_after_s("Wed, 21 Oct 2015 07:28:00 GMT")
    (3.0, None)
    """
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 6:
        return None
    return float(text)
