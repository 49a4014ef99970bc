from chariot.model.relationships import RelationshipType
from chariot.modules.risk.walk import all_edges

from .conftest import ACME


async def test_all_relationships_are_returned_whatever_the_page(world):
    for number in range(1, 6):
        await world.see("1.0", number=number)

    edges = await all_edges(
        world.store, ACME, "#address#192.0.2.7", direction="out", types=(RelationshipType.HAS_PORT,)
    )

    assert len(edges) == 5
