"""The ports Cache and RateLimits. Their promises are `CacheContract` and `RateLimitsContract` in the tests."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from chariot.errors import InvalidError
from chariot.model.keys import Organisation

VALUE_LIMIT_BYTES = 1_000_000
"""Larger values are computed each time."""

_NAME_LIMIT = 200


class Shelf(msgspec.Struct, frozen=True):
    """Values of one organisation that become old together.

    Raises:
        InvalidError: a part is empty, too long or not printable.
    """

    organisation: Organisation
    name: str

    def __post_init__(self) -> None:
        for place, text in (("organisation", self.organisation), ("name", self.name)):
            if not (0 < len(text) <= _NAME_LIMIT and text.isprintable()):
                raise InvalidError(f"has not 1 to {_NAME_LIMIT} printable characters", place=place)


class Cache(Protocol):
    """Keeps bytes for a while, and may forget any of them at any time.

    Ask for the version first, then look, compute, and keep under that same version: what was computed from
    something that changed meanwhile is then kept where nobody looks.
    """

    async def version(self, shelf: Shelf) -> str:
        """Return the present version of *shelf*; it is never used again after a `bump`."""
        ...

    async def get_many(self, shelf: Shelf, version: str, keys: Sequence[str]) -> Mapping[str, bytes]:
        """Return what is there of *keys*."""
        ...

    async def set_many(
        self, shelf: Shelf, version: str, values: Mapping[str, bytes], *, ttl_s: float
    ) -> None:
        """Keep *values* for *ttl_s* at most; values that are too large are left out."""
        ...

    async def delete(self, shelf: Shelf, keys: Sequence[str]) -> None:
        """Forget *keys* of the present version."""
        ...

    async def bump(self, shelf: Shelf) -> str:
        """Forget all of *shelf* by giving it a new version, which is returned."""
        ...


class Allowance(msgspec.Struct, frozen=True):
    """What a bucket answered."""

    allowed: bool
    remaining: int
    """How much more may be taken at once."""
    retry_after_s: float
    """When what was refused may be asked for again; 0 when it was allowed."""


class RateLimits(Protocol):
    """Token buckets that all callers of one key share; one that nobody used for long is full."""

    async def take(self, key: str, *, rate_per_s: float, burst: int, cost: int = 1) -> Allowance:
        """Take *cost* tokens of *key*'s bucket, or none when there are too few.

        Raises:
            InvalidError: the rate is not above 0, or the cost is not from 1 to *burst*.
        """
        ...


def check_take(rate_per_s: float, burst: int, cost: int) -> None:
    """Raise what `RateLimits.take` promises."""
    if not 0 < rate_per_s < float("inf"):
        raise InvalidError("must be above 0", place="rate_per_s")
    if not 1 <= cost <= burst:
        raise InvalidError(f"must be from 1 to the burst of {burst}", place="cost")
