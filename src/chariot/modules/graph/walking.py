"""A neighbourhood from the store's own relationships: what is drawn around one entity waits for no graph of all."""

from collections.abc import Iterable, Sequence
from typing import Final

from chariot.errors import InvalidError, NotFoundError
from chariot.model.keys import Key, Organisation
from chariot.model.records import Edge
from chariot.model.states import ON_SURFACE
from chariot.modules.graph.answers import Link, Neighbourhood
from chariot.modules.graph.facts import GRAPH_KINDS
from chariot.modules.graph.questions import HOPS_LIMIT
from chariot.modules.surface.ports import Direction, EntityReader
from chariot.modules.surface.query import PAGE_LIMIT

EDGES_LIMIT: Final = 50_000
"""The most relationships of one entity, each way, that are gone through."""
_AT_ONCE: Final = 500


async def neighbourhood(
    reader: EntityReader, organisation: Organisation, key: Key, *, hops: int = 1, limit: int = 200
) -> Neighbourhood:
    """Return what `questions.neighbourhood` would say of the graph of everything.

    Of an entity with more relationships than `EDGES_LIMIT` the first ones are followed, and the answer says so.

    Raises:
        InvalidError: *hops* is out of range.
        NotFoundError: it is not on the surface.
    """
    if not 1 <= hops <= HOPS_LIMIT:
        raise InvalidError(f"must be from 1 to {HOPS_LIMIT}", place="hops")
    walk = _Walk(reader, organisation)
    if key not in await walk.alive([key]):
        raise NotFoundError(f"nothing on the surface has the key {key[:200]!r}")
    order = {key: None}
    frontier = [key]
    more = False
    for _ in range(hops):
        out, into = await walk.edges(frontier, "out"), await walk.edges(frontier, "in")
        ends = {edge.target for edge in out} | {edge.source for edge in into}
        frontier = sorted(await walk.alive(ends - order.keys()))
        more |= len(order) + len(frontier) > limit
        frontier = frontier[: limit - len(order)]
        order.update(dict.fromkeys(frontier))
    await walk.edges(frontier, "out")
    links = sorted({(one.source, one.type.value, one.target) for one in walk.passed if one.target in order})
    return Neighbourhood(
        key=key,
        keys=tuple(order),
        links=tuple(Link(source=source, type=type_, target=target) for source, type_, target in links),
        left_out=more or walk.is_cut,
    )


class _Walk:
    """The reads of one walk."""

    def __init__(self, reader: EntityReader, organisation: Organisation) -> None:
        self._reader = reader
        self._organisation = organisation
        self.passed: list[Edge] = []
        """What begins at an entity that was stood at."""
        self.is_cut = False

    async def alive(self, keys: Iterable[Key]) -> set[Key]:
        """Return those of *keys* that are on the surface and can be in a graph."""
        wanted = sorted(keys)
        found: set[Key] = set()
        for first in range(0, len(wanted), PAGE_LIMIT):
            records = await self._reader.get(self._organisation, wanted[first : first + PAGE_LIMIT])
            found |= {
                key
                for key, record in records.items()
                if record.status in ON_SURFACE and record.kind in GRAPH_KINDS
            }
        return found

    async def edges(self, keys: Sequence[Key], direction: Direction) -> list[Edge]:
        """Return the relationships of *keys* in one direction."""
        found: list[Edge] = []
        for first in range(0, len(keys), _AT_ONCE):
            pages = await self._reader.edges_of_many(
                self._organisation, keys[first : first + _AT_ONCE], direction=direction, limit=PAGE_LIMIT
            )
            for key, page in pages.items():
                found += page.items
                if page.cursor:
                    found += await self._rest(key, direction, page.cursor)
        if direction == "out":
            self.passed += found
        return found

    async def _rest(self, key: Key, direction: Direction, cursor: str) -> list[Edge]:
        found: list[Edge] = []
        while cursor and len(found) < EDGES_LIMIT - PAGE_LIMIT:
            page = await self._reader.edges(
                self._organisation, key, direction=direction, limit=PAGE_LIMIT, cursor=cursor
            )
            found += page.items
            cursor = page.cursor
        self.is_cut |= bool(cursor)
        return found
