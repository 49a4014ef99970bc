"""The Graph port. What it promises is `GraphContract` in the tests; every adapter passes it."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeVar

from chariot.model.keys import Key, Organisation
from chariot.modules.graph.answers import Neighbourhood
from chariot.modules.graph.surface_graph import SurfaceGraph
from chariot.modules.surface.ports import EntityReader, History

T = TypeVar("T")


class Reader(EntityReader, History, Protocol):
    """The reads of an entity store that a graph is made of."""


class Graph(Protocol):
    """The surface of each organisation as a graph, as current as the change log is when it is asked."""

    async def ask(
        self,
        organisation: Organisation,
        question: Callable[[SurfaceGraph], T],
        *,
        as_of: datetime | None = None,
    ) -> T:
        """Return what *question* says of the graph; it runs in a thread, and may keep nothing of the graph.

        Raises:
            UnavailableError: the engine does not answer.
        """
        ...

    async def neighbourhood(
        self, organisation: Organisation, key: Key, *, hops: int = 1, limit: int = 200
    ) -> Neighbourhood:
        """Return what stands within *hops* relationships of *key*; see `questions.neighbourhood`."""
        ...

    async def close(self) -> None:
        """Let go of the engine; harmless when repeated."""
        ...
