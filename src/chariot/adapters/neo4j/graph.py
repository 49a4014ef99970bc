"""Neo4jGraph: the surface in a graph server, for whoever asks it Cypher of their own, and for our questions.

Neighbourhoods are answered in Cypher. Weighted shortest paths, minimum cuts and dominators are no part of the
language (Neo4j sells them as its Graph Data Science library, others lack them): for these the graph is fetched once
for each state of the projection, and the same algorithms run on it as without a server.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, LiteralString, TypeVar
from urllib.parse import unquote, urlsplit

import msgspec
from neo4j import AsyncDriver, AsyncGraphDatabase
from neo4j.exceptions import (
    AuthError,
    DriverError,
    Neo4jError,
)
from neo4j.exceptions import (
    ConfigurationError as DriverConfigurationError,
)

from chariot.adapters.neo4j import statements
from chariot.adapters.neo4j.projection import Projection
from chariot.adapters.neo4j.statements import node_id
from chariot.errors import ConfigurationError, InvalidError, NotFoundError, UnavailableError
from chariot.model.keys import Key, Organisation
from chariot.model.relationships import RelationshipType
from chariot.modules.graph import following, questions
from chariot.modules.graph.adjacency import EdgeList
from chariot.modules.graph.answers import Link, Neighbourhood
from chariot.modules.graph.facts import Facts, Weigh, tagged_weight
from chariot.modules.graph.following import Reached
from chariot.modules.graph.ports import Reader
from chariot.modules.graph.surface_graph import TYPE_NUMBER, SurfaceGraph

T = TypeVar("T")

_decode = msgspec.json.Decoder(Facts).decode


class _Fetched(msgspec.Struct):
    graph: SurfaceGraph
    reached: Reached


class Neo4jGraph:
    """See `Graph`. The address is `bolt://user:password@host:7687/database`, or with `neo4j://`, `bolt+s://`."""

    def __init__(
        self,
        url: str,
        reader: Reader,
        *,
        weigh: Weigh = tagged_weight,
        reweigh: Callable[[Organisation], Awaitable[int]] | None = None,
        kept: int = 4,
        patience_s: float = 5.0,
    ) -> None:
        """*reweigh* is called before each question; another number than before says that weights are others now.

        Keep *kept* graphs that were fetched; wait *patience_s* for a server that is away, and again for its answer.

        Raises:
            ConfigurationError: *url* is none that the driver takes.
        """
        parts = urlsplit(url)
        if not parts.hostname:
            raise ConfigurationError("the URL of the graph names no host; use bolt://user:password@host:7687")
        self._name = f"{parts.scheme}://{parts.hostname}:{parts.port or 7687}"
        auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        try:
            self._driver: AsyncDriver = AsyncGraphDatabase.driver(
                self._name,
                auth=auth,
                connection_timeout=patience_s,
                max_transaction_retry_time=patience_s,
            )
        except (DriverConfigurationError, ValueError) as error:
            raise ConfigurationError(f"the graph server {self._name} cannot be used: {error}") from None
        self._database = parts.path.strip("/") or "neo4j"
        self._reader = reader
        self._weigh = weigh
        self._reweigh = reweigh
        self._editions: dict[Organisation, int] = {}
        self._projection = Projection(self._driver, self._database, reader, weigh)
        self._prepared = False
        self._most = kept
        self._fetched: OrderedDict[Organisation, _Fetched] = OrderedDict()
        self._lock = asyncio.Lock()

    async def ask(
        self,
        organisation: Organisation,
        question: Callable[[SurfaceGraph], T],
        *,
        as_of: datetime | None = None,
    ) -> T:
        """See `Graph.ask`. The server holds the present; the past is read from the entity store."""
        if as_of is not None:
            await self._edition(organisation)
            past, _ = await following.load(self._reader, organisation, self._weigh, as_of=as_of)
            return await asyncio.to_thread(question, past)
        async with self._lock, self._translated():
            graph = await self._current(organisation)
            return await asyncio.to_thread(question, graph)

    async def neighbourhood(
        self, organisation: Organisation, key: Key, *, hops: int = 1, limit: int = 200
    ) -> Neighbourhood:
        """See `Graph.neighbourhood`."""
        if not 1 <= hops <= questions.HOPS_LIMIT:
            raise InvalidError(f"must be from 1 to {questions.HOPS_LIMIT}", place="hops")
        async with self._lock, self._translated():
            await self._follow(organisation)
            if not await self._rows(statements.IS_ALIVE, id=node_id(organisation, key)):
                raise NotFoundError(f"nothing on the surface has the key {key[:200]!r}")
            return await self._around(organisation, key, hops, limit)

    async def _around(self, organisation: Organisation, key: Key, hops: int, limit: int) -> Neighbourhood:
        order = {key: None}
        frontier, more = [key], False
        for _ in range(hops):
            ids = [node_id(organisation, one) for one in frontier]
            rows = await self._rows(statements.AROUND, organisation=organisation, ids=ids)
            frontier = sorted({Key(row["key"]) for row in rows} - order.keys())
            more |= len(order) + len(frontier) > limit
            frontier = frontier[: limit - len(order)]
            order.update(dict.fromkeys(frontier))
        ids = [node_id(organisation, one) for one in order]
        rows = await self._rows(statements.BETWEEN, organisation=organisation, ids=ids)
        links = sorted((row["source"], row["type"], row["target"]) for row in rows)
        return Neighbourhood(
            key=key,
            keys=tuple(order),
            links=tuple(
                Link(source=Key(source), type=type_, target=Key(target)) for source, type_, target in links
            ),
            left_out=more,
        )

    async def close(self) -> None:
        """See `Graph.close`."""
        await self._driver.close()

    async def _current(self, organisation: Organisation) -> SurfaceGraph:
        reached = await self._follow(organisation)
        kept = self._fetched.pop(organisation, None)
        if kept is None or kept.reached != reached:
            kept = _Fetched(await self._fetch(organisation), reached)
        self._fetched[organisation] = kept
        while len(self._fetched) > self._most:
            self._fetched.popitem(last=False)
        return kept.graph

    async def _follow(self, organisation: Organisation) -> Reached:
        if not self._prepared:
            await self._projection.prepare()
            self._prepared = True
        edition = await self._edition(organisation)
        # A process that starts cannot know by which rules an earlier one weighed, and takes them for the same.
        anew = self._editions.setdefault(organisation, edition) != edition
        reached = await self._projection.follow(organisation, anew=anew)
        self._editions[organisation] = edition
        if anew:
            self._fetched.pop(organisation, None)
        return reached

    async def _edition(self, organisation: Organisation) -> int:
        return await self._reweigh(organisation) if self._reweigh is not None else 0

    async def _fetch(self, organisation: Organisation) -> SurfaceGraph:
        graph = SurfaceGraph()
        edges = EdgeList()
        async with self._driver.session(database=self._database) as session:
            answer = await session.run(statements.ASSETS, organisation=organisation)
            async for row in answer:
                graph.load([(Key(row["key"]), _decode(row["facts"]))])
            answer = await session.run(statements.LINKS, organisation=organisation)
            async for row in answer:
                label = TYPE_NUMBER[RelationshipType(row["type"])]
                edges.add(graph.number(row["source"]), graph.number(row["target"]), label)
        await asyncio.to_thread(graph.derive, edges)
        return graph

    async def _rows(self, statement: LiteralString, **values: Any) -> list[dict[str, Any]]:
        answer = await self._driver.execute_query(statement, values, database_=self._database)
        return [record.data() for record in answer.records]

    @asynccontextmanager
    async def _translated(self) -> AsyncIterator[None]:
        try:
            yield
        except AuthError:
            raise ConfigurationError(
                f"the graph server {self._name} refuses the user or the password"
            ) from None
        except (DriverError, Neo4jError, OSError) as error:
            raise UnavailableError(
                f"the graph server {self._name} does not answer: {type(error).__name__}"
            ) from error
