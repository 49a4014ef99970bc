"""The bus on NATS JetStream, against a real server."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from bus_contract import BusContract
from bus_world import BOUND, SMALL_BOUND, SMALL_QUEUE
from recovery_contract import RecoveryContract

import nats
from chariot.adapters.nats.bus import NatsBus
from chariot.adapters.nats.wire import Names
from chariot.modules.work.messages import DEDUPLICATION_S, RETENTION_DAYS
from support.nats_server import ENVIRONMENT_URL, NatsServer

_WINDOW_S = 1.0
"""What the server remembers ids for where a test lets that time pass; others need not be done within it."""
_AGE_S = 0.2
_LONGEST_S = 60.0


@pytest.fixture(scope="module")
def nats_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if ENVIRONMENT_URL:
        yield ENVIRONMENT_URL
        return
    server = NatsServer(tmp_path_factory.mktemp("nats")).start()
    yield server.url
    server.kill()


class ServerClock:
    """Leases and delays follow a made time; what the server forgets by itself really takes its time."""

    def __init__(self, url: str, names: Names) -> None:
        self._url = url
        self._names = names
        self._passed = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._passed

    async def sleep(self, seconds: float) -> None:
        self._passed += timedelta(seconds=seconds)
        if self._passed > timedelta(days=RETENTION_DAYS):
            await self._forget_letters()
        elif seconds > DEDUPLICATION_S:
            await asyncio.sleep(_WINDOW_S + 0.3)

    async def _forget_letters(self) -> None:
        """Let the server drop what is kept as long as it may be."""
        client = await nats.connect(self._url)
        streams = client.jetstream()
        config = (await streams.stream_info(self._names.dead)).config
        await streams.update_stream(config.evolve(max_age=_AGE_S, duplicate_window=_AGE_S))
        async with asyncio.timeout(_LONGEST_S):
            while (await streams.stream_info(self._names.dead)).state.messages:  # noqa: ASYNC110 - nothing tells.
                await asyncio.sleep(_AGE_S)
        await streams.update_stream(config)
        await client.close()


class TestNatsBus(BusContract, RecoveryContract):
    @pytest.fixture
    def name(self) -> str:
        return f"t{uuid4().hex[:12]}"

    @pytest.fixture
    def clock(self, nats_url: str, name: str) -> ServerClock:
        return ServerClock(nats_url, Names(name))

    @pytest.fixture
    async def bus(
        self, nats_url: str, name: str, clock: ServerClock, request: pytest.FixtureRequest
    ) -> AsyncIterator[NatsBus]:
        passes = request.node.get_closest_marker("passes_the_window") is not None
        bus = NatsBus(
            nats_url,
            name=name,
            now=clock.now,
            bound=BOUND,
            bounds={SMALL_QUEUE: SMALL_BOUND},
            deduplication_s=_WINDOW_S if passes else DEDUPLICATION_S,
        )
        yield bus
        await bus.close()
