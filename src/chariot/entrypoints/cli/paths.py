"""How something was found: the shortest chain of relationships from a seed to it."""

from collections import deque

from chariot.model.keys import Key, Organisation, kind_of
from chariot.model.records import Edge
from chariot.model.relationships import RelationshipType
from chariot.modules.surface.ports import EntityReader

_INWARD = (
    RelationshipType.DISCOVERED,
    RelationshipType.HAS_RISK,
    RelationshipType.HAS_TECHNOLOGY,
    RelationshipType.HAS_ATTRIBUTE,
)
"""What leads back: discovery itself, and what is attached to something that was discovered."""

VISIT_LIMIT = 2_000
"""How many entities one search looks at before it gives up."""
_EDGES = 200


async def path_to_seed(reader: EntityReader, organisation: Organisation, key: Key) -> tuple[Edge, ...]:
    """Return the relationships from a seed to *key*, in that order; empty when no seed leads to it."""
    towards: dict[Key, Edge | None] = {key: None}
    waiting = deque([key])
    while waiting and len(towards) < VISIT_LIMIT:
        here = waiting.popleft()
        page = await reader.edges(organisation, here, direction="in", types=_INWARD, limit=_EDGES)
        for edge in page.items:
            if edge.source in towards:
                continue
            towards[edge.source] = edge
            if kind_of(edge.source) == "seed":
                return _unwound(edge.source, towards)
            waiting.append(edge.source)
    return ()


def _unwound(start: Key, towards: dict[Key, Edge | None]) -> tuple[Edge, ...]:
    path: list[Edge] = []
    edge = towards[start]
    while edge is not None:
        path.append(edge)
        edge = towards[edge.target]
    return tuple(path)
