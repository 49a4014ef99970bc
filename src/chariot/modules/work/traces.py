"""By whose trace changes were made, so that what they lead to belongs to it.

It is remembered by the process that wrote them, and by those that the database tells of the commit, for as long as
there is room; the log itself says nothing of traces.
"""

import threading
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Final, NamedTuple

from chariot.model.keys import Key, Organisation
from chariot.model.records import Change
from chariot.modules.surface.passing import PassingStore
from chariot.modules.surface.ports import EntityStore
from chariot.modules.surface.states import Applied, Decide, EdgeId, Stored, StoredEdge, Writes
from chariot.telemetry import trace_of, traceparent

_LIMIT: Final = 20_000


class Told(NamedTuple):
    """A commit in a trace: the numbers of its changes, from the first to the last, and the `traceparent`."""

    first: int
    last: int
    parent: str


_Name = tuple[Organisation, Key, int] | tuple[Organisation, Key, str, Key]
"""A version of an entity, or a relationship."""


class ChangeTraces:
    """Remembers the traces of the last changes that were made in one; at most *limit*."""

    def __init__(self, *, limit: int = _LIMIT) -> None:
        self._limit = limit
        self._kept: OrderedDict[_Name, str] = OrderedDict()
        # Stores decide in threads of their own.
        self._lock = threading.Lock()

    def keep(self, organisation: Organisation, writes: Writes, parent: str) -> None:
        """Remember that what *writes* changes belongs to the trace *parent*."""
        names: list[_Name] = [(organisation, one.key, one.revision) for one in writes.entities]
        for edge in writes.edges:
            if edge.op is not None:
                source, kind, target = edge.id
                names.append((organisation, source, kind, target))
        with self._lock:
            for name in names:
                self._kept[name] = parent
                self._kept.move_to_end(name)
            while len(self._kept) > self._limit:
                self._kept.popitem(last=False)

    def of(self, change: Change) -> str:
        """Return the `traceparent` of whoever made *change*; empty where that is not known."""
        if not self._kept:
            return ""
        if change.relationship is None or change.target is None:
            return self._kept.get((change.organisation, change.key, change.revision), "")
        edge = (change.organisation, change.key, change.relationship.value, change.target)
        return self._kept.get(edge, "")


class ToldTraces:
    """Remembers the traces of commits as their database tells of them, whoever made them; at most *limit*."""

    def __init__(self, *, limit: int = _LIMIT) -> None:
        self._limit = limit
        self._kept: list[Told] = []

    def tell(self, told: Told) -> None:
        """Remember a commit; they are told in their order."""
        if trace_of(told.parent).trace_id:
            self._kept.append(told)
            # Seldom, and much at once: a list is shortened at its beginning by moving all the rest.
            if len(self._kept) > self._limit:
                del self._kept[: 1 + self._limit // 2]

    def of(self, change: Change) -> str:
        """Return the `traceparent` of whoever made *change*; empty where that is not known."""
        place = bisect_left(self._kept, change.sequence, key=attrgetter("last"))
        if place < len(self._kept) and self._kept[place].first <= change.sequence:
            return self._kept[place].parent
        return ""


class TracedStore(PassingStore):
    """The store below; what is written in a trace is remembered as part of it."""

    def __init__(self, store: EntityStore, traces: ChangeTraces) -> None:
        super().__init__(store)
        self._traces = traces

    async def apply(
        self, organisation: Organisation, keys: Sequence[Key], edges: Sequence[EdgeId], decide: Decide
    ) -> Applied:
        """See `EntityWriter.apply`."""
        parent = traceparent()
        if not parent:
            return await self._store.apply(organisation, keys, edges, decide)

        def traced(stored: Mapping[Key, Stored], links: Mapping[EdgeId, StoredEdge]) -> Writes:
            writes = decide(stored, links)
            # Whoever follows the log may read the change before this call has returned.
            self._traces.keep(organisation, writes, parent)
            return writes

        return await self._store.apply(organisation, keys, edges, traced)
