"""The Receipts port. Its promises are `ReceiptsContract` in the tests."""

from typing import Protocol

import msgspec

from chariot.model.keys import Organisation


class Receipt(msgspec.Struct, frozen=True):
    """What stands under a name already."""

    digest: bytes
    """Of the request that came first."""
    answer: bytes | None
    """None while the first request is at work."""


class Receipts(Protocol):
    """Remembers durably, for each organisation apart, what was asked under which name."""

    async def begin(self, organisation: Organisation, name: str, digest: bytes) -> Receipt | None:
        """Claim *name* and return None; where it is claimed already, return what stands there and change nothing.

        A claim without an answer lasts `CLAIM_S`: a process that died gives way. An answer lasts `HELD_S`.
        """
        ...

    async def finish(self, organisation: Organisation, name: str, answer: bytes) -> None:
        """Keep *answer* under *name*, which was claimed."""
        ...

    async def drop(self, organisation: Organisation, name: str) -> None:
        """Let go of *name*, so that it can be tried again; harmless when nothing stands there."""
        ...


CLAIM_S = 120.0
"""Longer than any request may take."""
HELD_S = 24 * 3_600.0
