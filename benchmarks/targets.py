"""Memory while a capability looks at many targets through the guard: it does not grow with their number."""

import asyncio
import gc
import resource
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.rows import row
from chariot.adapters.network.names import NoResolver
from chariot.adapters.network.network import ScanNetworkFactory
from chariot.capabilities.support.parameters import PortParameters
from chariot.capabilities.tcp_ports import TcpPorts
from chariot.capability import Touch
from chariot.model.keys import Organisation
from chariot.model.kinds.network import Address
from chariot.model.kinds.work import Seed
from chariot.modules.discovery.buckets import Buckets
from chariot.modules.discovery.guard import Egress, EgressGuard, Errand
from chariot.modules.discovery.journal import CountingJournal
from chariot.modules.discovery.scope import Scope

TARGETS = 100_000
EARLY = 10_000
"""Memory is compared from here on, when everything that is kept once is there."""
AT_ONCE = 10
MOST_MIB = 32.0
"""How much more memory the other nine tenths may take: bounded caches fill, and free memory is not given back."""
FAST = 1_000_000.0


def run(rows: list[dict[str, Any]]) -> None:
    """See `benchmarks.__main__`."""
    rows.extend(asyncio.run(measure(TARGETS, EARLY)))


async def measure(targets: int, early: int) -> list[dict[str, Any]]:
    """Return how much memory grew from *early* to *targets*, each with one port that is closed."""
    guard = EgressGuard(Organisation("bench"), Scope.of([Seed(value="127.64.0.0/14")]))
    networks = ScanNetworkFactory(NoResolver("none"), Buckets(FAST, FAST), CountingJournal())
    started = time.process_time()
    await _look(guard, networks, range(early))
    early_mib = _resident_mib()
    await _look(guard, networks, range(early, targets))
    grown_mib = max(0.0, _resident_mib() - early_mib)
    per_s = targets / (time.process_time() - started)
    return [
        row(f"memory: growth from {early:,} to {targets:,} targets", grown_mib, "MiB",
            aim=f"<= {MOST_MIB:g}", met=grown_mib <= MOST_MIB),
        row(f"memory: in use after {targets:,} targets", early_mib + grown_mib, "MiB"),
        row("targets looked at, one port each, each in a run of its own", per_s, "targets/s"),
    ]  # fmt: skip


async def _look(guard: EgressGuard, networks: ScanNetworkFactory, numbers: range) -> None:
    left = iter(numbers)
    await asyncio.gather(*(_work(guard, networks, left) for _ in range(AT_ONCE)))


async def _work(guard: EgressGuard, networks: ScanNetworkFactory, left: Iterator[int]) -> None:
    for number in left:
        address = Address(ip=f"127.{64 + (number >> 16)}.{number >> 8 & 255}.{number & 255}")
        errand = Errand(capability="tcp-ports", touch=Touch.ACTIVE, target=address.key, scan="bench")
        network = networks.network(Egress(guard, errand))
        async for _ in TcpPorts(network, PortParameters(ports=(1,))).run(address):
            pass


def _resident_mib() -> float:
    """Return what this process has in memory now, by Linux's count of pages."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20
