"""Relationships of one entity, all of them, page by page."""

from collections.abc import Sequence
from typing import Final

from chariot.errors import InvalidError
from chariot.model.keys import Key, Organisation
from chariot.model.records import Edge
from chariot.model.relationships import RelationshipType
from chariot.modules.surface.ports import Direction, EntityReader
from chariot.modules.surface.query import PAGE_LIMIT

EDGES_LIMIT: Final = 50_000
"""More relationships of these types at one entity are refused: nothing real has them."""


async def all_edges(
    store: EntityReader,
    organisation: Organisation,
    key: Key,
    *,
    direction: Direction,
    types: Sequence[RelationshipType],
) -> Sequence[Edge]:
    """Return every relationship of *types* at *key*.

    Raises:
        InvalidError: there are more than `EDGES_LIMIT`.
    """
    found: list[Edge] = []
    cursor = ""
    while True:
        page = await store.edges(
            organisation, key, direction=direction, types=types, limit=PAGE_LIMIT, cursor=cursor
        )
        found.extend(page.items)
        cursor = page.cursor
        if not cursor:
            return found
        if len(found) > EDGES_LIMIT:
            raise InvalidError(f"has more than {EDGES_LIMIT:,} relationships", place=key)
