"""The bus on NATS JetStream, against a real server."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from bus_contract import BusContract
from bus_world import BOUND, SMALL_BOUND, SMALL_QUEUE
from recovery_contract import RecoveryContract

from chariot.adapters.nats.bus import NatsBus
from chariot.modules.work.messages import DEDUPLICATION_S, RETENTION_DAYS
from support.nats_server import ENVIRONMENT_URL, NatsServer

_WINDOW_S = 1.0
_RETENTION_S = 2.0


@pytest.fixture(scope="module")
def nats_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if ENVIRONMENT_URL:
        yield ENVIRONMENT_URL
        return
    server = NatsServer(tmp_path_factory.mktemp("nats")).start()
    yield server.url
    server.kill()


class ServerClock:
    """Leases and delays follow a made time; the server's window and retention are short and really pass."""

    def __init__(self) -> None:
        self._passed = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._passed

    async def sleep(self, seconds: float) -> None:
        self._passed += timedelta(seconds=seconds)
        if self._passed > timedelta(days=RETENTION_DAYS):
            await asyncio.sleep(_RETENTION_S + 1.0)
        elif seconds > DEDUPLICATION_S:
            await asyncio.sleep(_WINDOW_S + 0.3)


class TestNatsBus(BusContract, RecoveryContract):
    @pytest.fixture
    def clock(self) -> ServerClock:
        return ServerClock()

    @pytest.fixture
    async def bus(self, nats_url: str, clock: ServerClock) -> AsyncIterator[NatsBus]:
        bus = NatsBus(
            nats_url,
            name=f"t{uuid4().hex[:12]}",
            now=clock.now,
            bound=BOUND,
            bounds={SMALL_QUEUE: SMALL_BOUND},
            deduplication_s=_WINDOW_S,
            retention_s=_RETENTION_S,
        )
        yield bus
        await bus.close()
