"""Mending history: the one exception to "what was, stays": to seal anew, and to erase what was said of a person.

When something was true, and in which order changes were made, never changes; only what rows say does. Each row that
is mended leaves a line, with why, in a table that nobody edits.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from chariot.model.keys import Key, Organisation


class Line(msgspec.Struct, frozen=True):
    """One row of history: a version of an entity, or of a relationship, and the change that made it."""

    sequence: int
    key: Key
    """The entity; empty for a relationship."""
    kind: str
    """Empty for a relationship."""
    actor: str
    why: str
    said: str
    """JSON: the facts of an entity, or the evidence of a relationship."""
    over_us: int | None = None
    """Since when it holds no more, in microseconds since 1970: it was followed by another, or says that it is gone."""


Mend = Callable[[Line], Line]
"""Returns what a row shall say: actor, why, and what is said, whose identity and the key go together."""


class Mended(msgspec.Struct, frozen=True):
    """How far a walk came."""

    last: int
    """Where the next one goes on."""
    changed: int
    finished: bool
    """Whether there is nothing behind *last*."""


class Mender(Protocol):
    """Changes what rows of history say."""

    async def mend(
        self,
        organisation: Organisation,
        mend: Mend,
        *,
        why: str,
        kinds: Sequence[str] | None = None,
        after: int = 0,
        limit: int = 500,
    ) -> Mended:
        """Ask *mend* about some rows of an organisation behind *after*, in order, and write what differs.

        All of it or nothing, at most *limit* rows. With *kinds* only versions of these, without also relationships.
        """
        ...

    async def rename_origin(self, organisation: Organisation, was: str, name: str, *, why: str) -> int:
        """Write *name* for *was* wherever it stands as who saw or made something; return of how much."""
        ...

    async def mendings(self, organisation: Organisation) -> int:
        """Return how many lines tell of what was mended."""
        ...

    async def settle(self) -> None:
        """Leave nothing of what rows said before in files that the engine keeps beside them, as far as it lets us."""
        ...


def renamed(origins: str, was: str, name: str) -> str:
    """Return a joined list of origins with *name* in the place of *was*, sorted, each once.

    >>> renamed("ann,bob,dns", "bob", "alan")
    'alan,ann,dns'
    """
    return ",".join(sorted({name if one == was else one for one in origins.split(",")}))
