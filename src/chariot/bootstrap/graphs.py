"""The graph that the settings choose: in this process, or a projection in a graph server."""

import asyncio
import importlib
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from chariot.bootstrap.homes import adapter, scheme
from chariot.errors import ConfigurationError
from chariot.model.keys import Key, Organisation
from chariot.modules.risk.policy import Policies
from chariot.modules.risk.standing import Standing
from chariot.modules.surface.ports import EntityStore
from chariot.settings import Settings

if TYPE_CHECKING:
    from chariot.modules.graph.service import GraphService

_BOLT = frozenset({"bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc"})


class LateGraph:
    """The graph service, made when it is first asked for: its arrays take longer to load than all the rest."""

    def __init__(
        self, settings: Settings, store: EntityStore, stack: AsyncExitStack, policies: Policies
    ) -> None:
        """Let *stack* close what is made; *policies* tell what is critical.

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
        self._policies = policies
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
        weigh = importlib.import_module("chariot.modules.graph.weights").OwnWeights(
            self._policies.criticality
        )
        if self._settings.graph:
            graph = adapter("neo4j", "graph").Neo4jGraph(
                self._settings.graph, self._store, weigh=weigh, reweigh=weigh.refresh
            )
        else:
            graph = adapter("graph_memory", "graph").MemoryGraph(
                self._store, weigh=weigh, reweigh=weigh.refresh
            )
        made: GraphService = importlib.import_module("chariot.modules.graph.service").GraphService(
            graph, self._store
        )
        return made


class GraphPositions:
    """See `Positions`."""

    def __init__(self, graph: LateGraph) -> None:
        self._graph = graph

    async def of(self, organisation: Organisation, targets: Sequence[Key]) -> Mapping[Key, Standing]:
        """See `Positions.of`."""
        graph = await self._graph()
        return {
            key: Standing(found.reachable, found.leads_to_critical)
            for key, found in (await graph.positions(organisation, targets)).items()
        }
