import pytest
from graph_contract import GraphContract

from chariot.adapters.graph_memory.graph import MemoryGraph


class TestMemoryGraph(GraphContract):
    @pytest.fixture
    async def graph(self, store):
        graph = MemoryGraph(store, kept=1)
        yield graph
        await graph.close()
