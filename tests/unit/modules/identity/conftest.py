import pytest

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.modules.surface.service import SurfaceService
from identity_fakes import Clock, Log, identity_in


@pytest.fixture
def time():
    return Clock()


@pytest.fixture
def log():
    return Log()


@pytest.fixture
async def surface(tmp_path, time):
    store = SqliteEntityStore(SqliteDatabase(tmp_path / "t.db"), now=time)
    yield SurfaceService(store, now=time, seal=lambda _, secret: secret)
    await store.close()


@pytest.fixture
def identity(surface, time, log):
    return identity_in(surface, time, log)
