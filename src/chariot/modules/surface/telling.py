"""What edits did, told to whoever keeps account: who decided, which fields, and digests of before and after."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from hashlib import sha256

import msgspec

from chariot.model.keys import Key, Organisation
from chariot.modules.surface.states import Decide, EdgeId, EntityWrite, Stored, StoredEdge, Writes


class Decided(msgspec.Struct, frozen=True):
    """What one edit did to one entity. Values are not told, digests of them are."""

    key: Key
    kind: str
    op: str
    fields: str
    """Names of the fields that differ, joined by commas."""
    actor: str
    revision: int
    before: str
    """SHA-256 of what was stored before; empty where nothing was."""
    after: str


Tell = Callable[[Organisation, Sequence[Decided]], Awaitable[None]]
"""Takes what was decided, after it was written and before anybody is answered."""


class Watched:
    """A decision that remembers what it did the last time it was asked."""

    def __init__(self, decide: Decide) -> None:
        self._decide = decide
        self.decided: list[Decided] = []

    def __call__(self, stored: Mapping[Key, Stored], edges: Mapping[EdgeId, StoredEdge]) -> Writes:
        """See `Decide`."""
        writes = self._decide(stored, edges)
        self.decided = [_decided(write, stored.get(write.key)) for write in writes.entities]
        return writes


def _decided(write: EntityWrite, before: Stored | None) -> Decided:
    return Decided(
        write.key,
        write.kind,
        write.op.value,
        write.fields,
        write.actor,
        write.revision,
        _digest(before) if before is not None else "",
        _digest(write),
    )


def _digest(held: Stored | EntityWrite) -> str:
    """Return the digest of all that a version says, as it is stored."""
    return sha256(f"{held.status}\n{held.common}\n{held.doc}".encode()).hexdigest()
