from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
import structlog

from chariot.adapters.local_bus.bus import LocalBus
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.adapters.sqlite.receipts import SqliteReceipts
from chariot.entrypoints.live.hub import Hub, LiveLimits
from chariot.entrypoints.rest.admission import Admission
from chariot.entrypoints.rest.app import create_app
from chariot.entrypoints.rest.caller import Proven, SingleToken
from chariot.entrypoints.rest.services import RestServices
from chariot.modules.access.administration import Administration
from chariot.modules.access.directory import StoreDirectory
from chariot.modules.access.service import AccessService
from chariot.modules.alerts.ports import Channels
from chariot.modules.alerts.service import AlertService
from chariot.modules.discovery.keeper import ScopeKeeper
from chariot.modules.discovery.scans import ScanService
from chariot.modules.identity.provers import Provers
from chariot.modules.intel.aliases import Aliases
from chariot.modules.intel.memory import MemoryIntelStore
from chariot.modules.intel.service import Intelligence
from chariot.modules.risk.service import RiskService
from chariot.modules.surface.service import SurfaceService
from identity_fakes import identity_in
from rest_perimeter import NOON, ORGANISATION, TOKEN, write_perimeter


class Told:
    """A channel that keeps what it is given."""

    def __init__(self):
        self.alerts = []

    async def send(self, address, alert, *, signing_key):
        self.alerts.append((address, alert, signing_key))


TOLD = Told()
BRIEF = LiveLimits(longest_s=0.05)
"""Whoever watches is sent away at once: these tests wait for the end of each answer."""


@pytest.fixture(autouse=True)
def quiet_logs():
    with structlog.testing.capture_logs() as logs:
        yield logs


def services_in(database: SqliteDatabase) -> RestServices:
    store = SqliteEntityStore(database)
    surface = SurfaceService(store, seal=lambda _, secret: secret)
    bus = LocalBus(database)
    identity = identity_in(surface)
    access = AccessService(StoreDirectory(store), stamp=store.stamp)
    admission = Admission(access)
    return RestServices(
        store=store,
        surface=surface,
        tokens=Proven(
            Provers(
                keys=identity.keys, sessions=identity.sessions, own=SingleToken(TOKEN, ORGANISATION).prove
            ),
            admission.admit,
        ),
        access=access,
        administration=Administration(surface, access),
        admission=admission,
        identity=identity,
        identity_events=identity.events,
        queues=bus,
        scans=ScanService(bus, surface, ScopeKeeper(store)),
        risks=RiskService(surface),
        intel=Intelligence(MemoryIntelStore(lambda: NOON), Aliases.built_in()),
        alerts=AlertService(surface, Channels(TOLD, TOLD), reveal=lambda _, text: text),
        keys=identity.keys,
        receipts=SqliteReceipts(database),
        live=Hub(BRIEF),
    )


@pytest.fixture
async def database(tmp_path) -> AsyncIterator[SqliteDatabase]:
    opened = SqliteDatabase(tmp_path / "t.db")
    yield opened
    await opened.close()


@pytest.fixture
def services(database) -> RestServices:
    return services_in(database)


@pytest.fixture
def bus(services) -> LocalBus:
    assert isinstance(services.queues, LocalBus)
    return services.queues


@pytest.fixture
async def surface(services) -> SurfaceService:
    """The service that wrote the small perimeter."""
    await write_perimeter(services)
    return services.surface


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory) -> AsyncIterator[tuple[RestServices, httpx.AsyncClient]]:
    """One server for all tests of a module that change nothing, with a client that brings no token."""
    database = SqliteDatabase(tmp_path_factory.mktemp("shared") / "t.db")
    services = services_in(database)
    await write_perimeter(services)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=create_app(services)), base_url="http://127.0.0.1:8642"
    ) as client:
        yield services, client
    await database.close()


@pytest.fixture
async def stranger(services) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a token."""
    transport = httpx.ASGITransport(app=create_app(services), raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8642") as client:
        yield client


@pytest.fixture
async def client(services, surface) -> AsyncIterator[httpx.AsyncClient]:
    """A client with the token, before a server that knows the small perimeter."""
    transport = httpx.ASGITransport(app=create_app(services), raise_app_exceptions=True)
    headers = {"authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1:8642", headers=headers
    ) as known:
        yield known
