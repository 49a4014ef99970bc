"""Ports that are known to be closed, so that a scan which comes to an address by many names asks each of them once."""

import time
from collections import OrderedDict
from collections.abc import Callable

ADDRESSES_LIMIT = 128
"""Of how many addresses the ports are remembered; 64 kB each."""
REMEMBERED_S = 3_600.0
SILENCES = 2
"""One packet may get lost; who is silent again is taken for closed."""
_PORTS = 65_536


class ClosedPorts:
    """Remembers, for one scan, which ports refused or kept silent twice: by which name they are asked does not matter.

    Another scan asks anew, and one that has no name remembers nothing.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: OrderedDict[tuple[str, str], tuple[float, bytearray]] = OrderedDict()

    def holds(self, scan: str, address: str, port: int) -> bool:
        """Tell whether the port is known to be closed."""
        known = self._known.get((scan, address))
        return known is not None and known[1][port] >= SILENCES and self._clock() - known[0] < REMEMBERED_S

    def learn(self, scan: str, address: str, port: int, *, refused: bool) -> None:
        """Take in that the port did not open: it *refused*, or kept silent."""
        if not scan:
            return
        ports = self._ports(scan, address)
        ports[port] = SILENCES if refused else min(SILENCES, ports[port] + 1)

    def forget(self, scan: str, address: str, port: int) -> None:
        """Take in that the port opened."""
        known = self._known.get((scan, address))
        if known is not None:
            known[1][port] = 0

    def _ports(self, scan: str, address: str) -> bytearray:
        known = self._known.pop((scan, address), None)
        if known is None or self._clock() - known[0] >= REMEMBERED_S:
            known = (self._clock(), bytearray(_PORTS))
        self._known[scan, address] = known
        if len(self._known) > ADDRESSES_LIMIT:
            self._known.popitem(last=False)
        return known[1]
