"""From the change log to the graph: read in pages, loaded whole the first time, one by one afterwards.

The log says which relationships there are and which entities changed; what an entity is now, or was then, is read
from the store, never from the log. So whatever is applied twice does no harm.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from typing import Final

import msgspec

from chariot.model.keys import SHARED, Key, Organisation, escape, kind_of
from chariot.model.records import Change, Op
from chariot.modules.graph.adjacency import EdgeList
from chariot.modules.graph.facts import GONE, GRAPH_KINDS, Facts, Weigh, facts_of
from chariot.modules.graph.ports import Reader
from chariot.modules.graph.surface_graph import TYPE_NUMBER, SurfaceGraph

PAGE: Final = 5_000
KEYS_AT_ONCE: Final = 1_000
RELOAD_AT: Final = 50_000
"""So many changes are quicker loaded anew than applied one by one."""

_KINDS: Final = frozenset(GRAPH_KINDS)
_LINKS: Final = frozenset({Op.LINKED, Op.UNLINKED})


class Reached(msgspec.Struct):
    """How far the logs were read: the organisation's own, and that of what all share."""

    own: int = 0
    shared: int = 0


async def load(
    reader: Reader, organisation: Organisation, weigh: Weigh, *, as_of: datetime | None = None
) -> tuple[SurfaceGraph, Reached]:
    """Return the graph of *organisation*, now or as it was, and how far the logs were read for it."""
    graph, reached = SurfaceGraph(), Reached()
    links: dict[tuple[int, int, int], None] = {}
    keys: dict[Key, None] = {}
    async for page in changes(reader, organisation, 0, as_of=as_of):
        reached.own = page[-1].sequence
        for change in page:
            if change.op not in _LINKS:
                if change.kind in _KINDS:
                    keys[change.key] = None
                continue
            assert change.relationship is not None
            assert change.target is not None
            link = (
                graph.number(change.key),
                graph.number(change.target),
                TYPE_NUMBER[change.relationship],
            )
            if change.op is Op.LINKED:
                links[link] = None
            else:
                links.pop(link, None)
    async for page in changes(reader, SHARED, 0, as_of=as_of):
        reached.shared = page[-1].sequence
    async for found in facts(reader, organisation, keys, weigh, as_of=as_of):
        graph.load(found)
    known = dict.fromkeys(vulnerability_key(one.weak.weakness) for one in graph.facts if one.weak is not None)
    async for found in facts(reader, organisation, known, weigh, as_of=as_of):
        graph.load(found)
    edges = EdgeList()
    for source, target, label in links:
        edges.add(source, target, label)
    await asyncio.to_thread(graph.derive, edges)
    return graph, reached


async def follow(
    reader: Reader, organisation: Organisation, weigh: Weigh, graph: SurfaceGraph, reached: Reached
) -> bool:
    """Apply what the logs have since *reached*; return False when that is so much that it should be loaded anew."""
    applied = 0
    for log in (SHARED, organisation):
        after = reached.shared if log == SHARED else reached.own
        async for page in changes(reader, log, after):
            applied += len(page)
            if applied > RELOAD_AT:
                return False
            await apply(reader, organisation, weigh, graph, page)
            if log == SHARED:
                reached.shared = page[-1].sequence
            else:
                reached.own = page[-1].sequence
    graph.fold()
    return True


async def apply(
    reader: Reader, organisation: Organisation, weigh: Weigh, graph: SurfaceGraph, page: Sequence[Change]
) -> None:
    """Apply *page*; what they are about is read anew."""
    async for found in facts(reader, organisation, entities(page), weigh):
        for key, one in found:
            if one.weak is not None:
                await _know(reader, organisation, weigh, graph, one.weak.weakness)
            graph.put(key, one)
    for change in page:
        if change.op in _LINKS:
            assert change.relationship is not None
            assert change.target is not None
            act = graph.link if change.op is Op.LINKED else graph.unlink
            act(change.key, change.relationship, change.target)


async def _know(
    reader: Reader, organisation: Organisation, weigh: Weigh, graph: SurfaceGraph, weakness: str
) -> None:
    """Have what is known of a weakness in the graph before the first risk that stands on it."""
    key = vulnerability_key(weakness)
    if graph.find(key) is None:
        async for found in facts(reader, organisation, (key,), weigh):
            for one, known in found:
                graph.put(one, known)


async def changes(
    reader: Reader, organisation: Organisation, after: int, *, as_of: datetime | None = None, size: int = PAGE
) -> AsyncIterator[Sequence[Change]]:
    """Yield the changes behind *after* in pages of *size*, those up to *as_of* only."""
    while True:
        page = await reader.changes(after, size, organisation=organisation)
        if as_of is not None and page and page[-1].at > as_of:
            page = [change for change in page if change.at <= as_of]
            if page:
                yield page
            return
        if not page:
            return
        yield page
        after = page[-1].sequence


async def facts(
    reader: Reader,
    organisation: Organisation,
    keys: Iterable[Key],
    weigh: Weigh,
    *,
    as_of: datetime | None = None,
) -> AsyncIterator[list[tuple[Key, Facts]]]:
    """Yield the facts of *keys* in pages; of what is not there (any more), that it is gone."""
    wanted = [key for key in keys if kind_of(key) in _KINDS]
    for start in range(0, len(wanted), KEYS_AT_ONCE):
        part = wanted[start : start + KEYS_AT_ONCE]
        records = await reader.get(organisation, part, as_of=as_of)
        yield [(key, facts_of(records[key], weigh) if key in records else GONE) for key in part]


def entities(page: Sequence[Change]) -> list[Key]:
    """Return the entities of the graph that *page* says something of, each once."""
    return list(
        dict.fromkeys(change.key for change in page if change.op not in _LINKS and change.kind in _KINDS)
    )


def vulnerability_key(weakness: str) -> Key:
    """Return the key of the vulnerability that a risk with this weakness stands on."""
    return Key(f"#vulnerability#{escape(weakness)}")
