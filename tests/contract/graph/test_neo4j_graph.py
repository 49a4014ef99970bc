"""The projection behind the official driver, on a private server; `CHARIOT_TEST_BOLT_URL` names another one."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from graph_contract import GraphContract
from neo4j import AsyncGraphDatabase

from chariot.adapters.neo4j.graph import Neo4jGraph
from chariot.adapters.neo4j.projection import Projection
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.errors import ConfigurationError, UnavailableError
from chariot.model.observations import Edit
from chariot.modules.graph import questions
from chariot.modules.graph.facts import tagged_weight
from chariot.modules.surface.service import SurfaceService
from support.bolt_server import ENVIRONMENT_URL, BoltServer
from support.graphs import ACME, LINKS, SHOP_RISK, tell


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    if ENVIRONMENT_URL:
        yield ENVIRONMENT_URL
        return
    server = BoltServer().start()
    yield server.url
    server.stop()


@pytest.fixture
async def driver(url):
    parts = urlsplit(url)
    driver = AsyncGraphDatabase.driver(
        f"bolt://{parts.hostname}:{parts.port}", auth=(parts.username, parts.password)
    )
    await driver.execute_query("MATCH (n) DETACH DELETE n", database_="chariot")
    yield driver
    await driver.close()


class TestNeo4jGraph(GraphContract):
    @pytest.fixture
    async def graph(self, store, url, driver):
        graph = Neo4jGraph(url, store, kept=1)
        yield graph
        await graph.close()


async def everything(driver) -> tuple[list[str], list[str]]:
    nodes = await driver.execute_query(
        "MATCH (a:Asset) RETURN a.id AS id, a.facts AS facts", database_="chariot"
    )
    links = await driver.execute_query(
        "MATCH (a:Asset)-[r]->(b:Asset) RETURN a.id AS source, type(r) AS type, b.id AS target",
        database_="chariot",
    )
    return sorted(str(row.data()) for row in nodes.records), sorted(str(row.data()) for row in links.records)


class _CutOffError(Exception):
    pass


class _FailingAfter:
    """A reader of a log that breaks off after some pages, as a process that is killed does."""

    def __init__(self, store, pages: int) -> None:
        self._store = store
        self._left = pages

    def __getattr__(self, name):
        return getattr(self._store, name)

    async def changes(self, after, limit, *, organisation=None):
        self._left -= 1
        if self._left < 0:
            raise _CutOffError
        return await self._store.changes(after, min(limit, 3), organisation=organisation)


async def test_what_is_interrupted_goes_on_and_what_is_repeated_does_no_harm(tmp_path, url, driver):
    store = SqliteEntityStore(SqliteDatabase(tmp_path / "surface.db"))
    surface = SurfaceService(store)
    await tell(surface)
    await surface.edit(ACME, [Edit(actor="anna", key=SHOP_RISK.key, fields={"state": "open"})])
    whole = Projection(driver, "chariot", store, tagged_weight)
    await whole.prepare()
    await whole.follow(ACME)
    expected = await everything(driver)
    await driver.execute_query("MATCH (n) DETACH DELETE n", database_="chariot")

    for pages in (2, 3, 4):
        with pytest.raises(_CutOffError):
            await Projection(driver, "chariot", _FailingAfter(store, pages), tagged_weight).follow(ACME)
    await whole.follow(ACME)
    again = await everything(driver)
    await driver.execute_query("MATCH (c:Log) DELETE c", database_="chariot")
    await whole.follow(ACME)

    assert again == expected
    assert await everything(driver) == expected
    assert len(expected[1]) == len(LINKS)
    await store.close()


async def test_a_server_that_is_not_there_is_unavailable_and_its_password_is_not_told(tmp_path):
    graph = Neo4jGraph("bolt://anna:secret@127.0.0.1:1/chariot", None, patience_s=0.1)

    with pytest.raises(UnavailableError) as caught:
        await graph.ask(ACME, questions.keystones)

    assert "secret" not in str(caught.value)
    await graph.close()


@pytest.mark.parametrize("url", ["gopher://127.0.0.1/x", "bolt://"])
async def test_an_address_that_names_no_server_is_refused(url):
    with pytest.raises(ConfigurationError):
        Neo4jGraph(url, None)


async def test_a_wrong_password_is_a_matter_of_the_settings(url):
    parts = urlsplit(url)
    graph = Neo4jGraph(f"bolt://root:wrong-password@127.0.0.1:{parts.port}/chariot", None)

    with pytest.raises(ConfigurationError, match="refuses"):
        await graph.ask(ACME, questions.keystones)

    await graph.close()
