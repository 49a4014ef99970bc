import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from chariot.adapters.network.names import Resolver
from chariot.adapters.network.network import ScanNetwork
from chariot.modules.discovery.buckets import Buckets
from chariot.modules.discovery.guard import Egress
from chariot.modules.discovery.journal import CountingJournal

from .loopback import NameServer


@pytest.fixture
async def name_server() -> AsyncIterator[NameServer]:
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(
        lambda: NameServer({}), local_addr=("127.0.0.1", 0)
    )
    yield server
    transport.close()


@pytest.fixture
def journal() -> CountingJournal:
    return CountingJournal()


@pytest.fixture
def make_network(name_server, journal) -> Callable[[Egress], ScanNetwork]:
    def make(way_out: Egress) -> ScanNetwork:
        host, port = name_server.transport.get_extra_info("sockname")
        return ScanNetwork(way_out, Resolver(host, port, timeout_s=0.5), Buckets(10_000, 10_000), journal)

    return make
