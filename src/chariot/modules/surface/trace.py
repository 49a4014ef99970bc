"""Traces: what one transaction touched, as it was before, so that it can be taken back later.

A trace is kept in the same transaction that it tells of: either both are there or neither is.
"""

from collections.abc import Callable, Mapping

import msgspec

from chariot.errors import ConflictError
from chariot.model.base import Entity
from chariot.model.keys import Key
from chariot.model.records import Op
from chariot.model.states import Status
from chariot.modules.surface.facts import facts_of
from chariot.modules.surface.merge import entity_doc
from chariot.modules.surface.states import (
    Decide,
    EdgeId,
    EdgeWrite,
    EntityWrite,
    Presence,
    Refusal,
    Stored,
    StoredEdge,
    Writes,
    is_withdrawn,
)


class Was(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An entity before."""

    revision: int
    first_seen_us: int
    visited_us: int
    origins: str
    stamps: str
    common: str = ""
    """Kept only where a version was made."""


class Touched(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One entity that a transaction wrote."""

    key: Key
    was: Was | None
    """None when the transaction brought it."""
    revision: int
    """The version that it left; that of `was` where it only saw it again."""
    first_seen_us: int
    visited_us: int
    common: str = ""
    """What all kinds have in common after it; kept only where a version was made."""
    reopened: bool = False
    """It came back to the surface, or a risk that was closed opened again."""


class TouchedEdge(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One relationship that a transaction wrote."""

    source: Key
    type: str
    target: Key
    was: StoredEdge | None
    last_seen_us: int
    evidence_us: int

    @property
    def id(self) -> EdgeId:
        """What identifies the relationship."""
        return (self.source, self.type, self.target)


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """What one transaction touched."""

    capability: str
    """Who it wrote for: the name that it left in origins."""
    entities: tuple[Touched, ...] = ()
    edges: tuple[TouchedEdge, ...] = ()


class Traced(msgspec.Struct, frozen=True):
    """What a transaction did, with what it refused."""

    trace: Trace
    refused: tuple[Refusal, ...] = ()


Keep = Callable[[Traced], Entity]
"""Makes the entity that keeps what was traced."""


class Tracer:
    """Wraps a decision so that its transaction also keeps the trace of it.

    Every version says *why*. What keeps the trace is written off the surface: nobody exposes it.
    """

    def __init__(
        self,
        decide: Decide,
        capability: str,
        why: str,
        *,
        at_us: int = 0,
        page: Key | None = None,
        keep: Keep | None = None,
    ) -> None:
        self._decide = decide
        self._capability = capability
        self._why = why
        self._at_us = at_us
        self._page = page
        self._keep = keep
        self.traced = Traced(Trace(capability=capability))
        """What the last call did."""

    def __call__(self, stored: Mapping[Key, Stored], edges: Mapping[EdgeId, StoredEdge]) -> Writes:
        """Decide, and add the page.

        Raises:
            ConflictError: the page is there already: somebody else wrote this part.
        """
        if self._page is not None and self._page in stored:
            raise ConflictError(f"{self._page} was written by another process meanwhile")
        writes = self._decide(stored, edges)
        trace = _trace(self._capability, stored, edges, writes)
        self.traced = Traced(trace, tuple(writes.refused))
        made: list[EntityWrite | EdgeWrite] = [*writes.entities, *writes.edges]
        for write in made:
            if not write.why and write.op is not None:
                msgspec.structs.force_setattr(write, "why", self._why)
        if self._keep is not None:
            writes.entities.append(_page(self._keep(self.traced), self._capability, self._why, self._at_us))
        return writes


def _trace(
    capability: str, stored: Mapping[Key, Stored], edges: Mapping[EdgeId, StoredEdge], writes: Writes
) -> Trace:
    entities = [_written(write, stored.get(write.key)) for write in writes.entities]
    for seen in writes.presences:
        held = stored[seen.key]
        entities.append(Touched(seen.key, _was(held, ""), held.revision, seen.first_seen_us, seen.visited_us))
    linked = [
        TouchedEdge(*write.id, _standing(edges.get(write.id)), write.last_seen_us, write.evidence_us)
        for write in writes.edges
    ]
    return Trace(capability=capability, entities=tuple(entities), edges=tuple(linked))


def _written(write: EntityWrite, held: Stored | None) -> Touched:
    seen = write.presence
    changed = write.fields.split(",")
    return Touched(
        write.key,
        None if held is None or is_withdrawn(held) else _was(held, held.common),
        write.revision,
        seen.first_seen_us,
        seen.visited_us,
        write.common,
        held is not None and (write.op is Op.RETURNED or (write.op is Op.UPDATED and "state" in changed)),
    )


def _standing(held: StoredEdge | None) -> StoredEdge | None:
    """Return what is stored, None when all who said it took it back."""
    return held if held is not None and (held.present or held.origins) else None


def _was(held: Stored, common: str) -> Was:
    return Was(held.revision, held.first_seen_us, held.visited_us, held.origins, held.stamps, common)


def _page(entity: Entity, capability: str, why: str, at_us: int) -> EntityWrite:
    key = entity.key
    return EntityWrite(
        key,
        entity.kind,
        1,
        Op.CREATED,
        Status.GONE.value,
        facts_of(entity),
        entity_doc(entity),
        "{}",
        "",
        capability,
        why,
        Presence(key, at_us, at_us, capability, ""),
    )
