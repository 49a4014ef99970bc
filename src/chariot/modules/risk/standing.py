"""Where a target stands among the others: what could be reached from it.

A score keeps the last measurement, and only its band. Measuring follows the graph by the clock, not by each change:
one new host can move the position of thousands of targets, and almost never the points of one.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from chariot.model.keys import Key, Organisation


class Standing(msgspec.Struct, frozen=True):
    """Where one target stands."""

    reachable: int
    """How many entities can be reached from it."""
    leads_to_critical: bool
    """Whether something critical falls with it, or is the target itself."""


class Positions(Protocol):
    """Measures targets in the graph of their organisation."""

    async def of(self, organisation: Organisation, targets: Sequence[Key]) -> Mapping[Key, Standing]:
        """Return where *targets* stand; what is in no graph is absent.

        Raises:
            UnavailableError: the graph does not answer.
        """
        ...
