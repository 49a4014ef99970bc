"""The graph that the settings choose: in this process, or a projection in a graph server."""

import asyncio
import importlib
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import msgspec

from chariot.bootstrap.homes import adapter, scheme
from chariot.errors import ConfigurationError
from chariot.modules.surface.ports import EntityStore
from chariot.settings import Settings

if TYPE_CHECKING:
    from chariot.modules.graph.service import GraphService

_BOLT = frozenset({"bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc"})


class LateGraph:
    """The graph service, made when it is first asked for: its arrays take longer to load than all the rest."""

    def __init__(self, settings: Settings, store: EntityStore, stack: AsyncExitStack) -> None:
        """Let *stack* close what is made.

        Raises:
            ConfigurationError: the settings name no graph that is known.
        """
        if scheme(settings.graph) not in {"", *_BOLT}:
            raise ConfigurationError(
                f"the graph {scheme(settings.graph)!r} is not known; use bolt://user:password@host:7687/database"
            )
        self._settings = settings
        self._store = store
        self._stack = stack
        self._made: GraphService | None = None
        self._lock = asyncio.Lock()

    async def __call__(self) -> "GraphService":
        """Return the service.

        Raises:
            ConfigurationError: the driver of the graph server is not installed.
        """
        async with self._lock:
            if self._made is None:
                self._made = await asyncio.to_thread(self._make)
                self._stack.push_async_callback(self._made.close)
            return self._made

    def _make(self) -> "GraphService":
        weights = importlib.import_module("chariot.modules.graph.weights")
        rules = [weights.WeightRule(**msgspec.structs.asdict(rule)) for rule in self._settings.critical]
        weigh = weights.weigher(rules)
        if self._settings.graph:
            graph = adapter("neo4j", "graph").Neo4jGraph(self._settings.graph, self._store, weigh=weigh)
        else:
            graph = adapter("graph_memory", "graph").MemoryGraph(self._store, weigh=weigh)
        made: GraphService = importlib.import_module("chariot.modules.graph.service").GraphService(
            graph, self._store
        )
        return made
