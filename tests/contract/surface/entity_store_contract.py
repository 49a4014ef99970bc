"""The contract of `EntityStore`: every adapter passes it, unchanged, against its real engine.

Subclass `EntityStoreContract`, name the subclass `Test...`, and give the fixture `new_store`: a function that
opens one more store, empty and apart from all others, with the clock of the fixture `clock`. Who makes a store
closes it.
"""

import pytest
from history_contract import HistoryContract
from isolation_contract import IsolationContract
from query_contract import QueryContract
from reading_contract import ReadingContract
from relationship_contract import RelationshipContract
from series_contract import SeriesContract
from sight_contract import SightContract
from surface_world import MadeClock, NewStore, Surface
from tally_contract import TallyContract
from writing_contract import WritingContract

from chariot.modules.surface.ports import EntityStore


class EntityStoreContract(
    WritingContract,
    ReadingContract,
    RelationshipContract,
    QueryContract,
    HistoryContract,
    SeriesContract,
    TallyContract,
    SightContract,
    IsolationContract,
):
    """All that a store promises."""

    @pytest.fixture
    def clock(self) -> MadeClock:
        return MadeClock()

    @pytest.fixture
    async def store(self, new_store: NewStore) -> EntityStore:
        return await new_store()

    @pytest.fixture
    def surface(self, store: EntityStore, clock: MadeClock) -> Surface:
        return Surface(store, clock)
