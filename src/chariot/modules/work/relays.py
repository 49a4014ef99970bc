"""The relays of several logs as one: each has a checkpoint of its own, and none waits for another."""

import asyncio
from collections.abc import Mapping

from chariot.modules.work.relay import Relay


class Relays:
    """Runs one relay for each log, by the name of who keeps it; the one named "" is that of the shared log."""

    def __init__(self, relays: Mapping[str, Relay]) -> None:
        self._relays = dict(relays)

    @property
    def blocked(self) -> str:
        """Why some do not move, each named; empty when all do."""
        return "; ".join(
            f"{name}: {relay.blocked}" if name else relay.blocked
            for name, relay in self._relays.items()
            if relay.blocked
        )

    @property
    def blocked_for_all(self) -> str:
        """Why the shared log does not move: an organisation that stands apart is alone with its own troubles."""
        return self._relays[""].blocked if "" in self._relays else ""

    def nudge(self) -> None:
        """See `Relay.nudge`."""
        for relay in self._relays.values():
            relay.nudge()

    async def reached(self) -> int:
        """Return how many changes were relayed, all logs together."""
        return sum([await relay.reached() for relay in self._relays.values()])

    async def newest(self) -> int:
        """Return how many changes there are, all logs together: as many as `reached` only when all are relayed."""
        return sum([await relay.newest() for relay in self._relays.values()])

    async def is_caught_up(self) -> bool:
        """Return whether every change so far was relayed."""
        return all([await relay.is_caught_up() for relay in self._relays.values()])

    async def run(self, stop: asyncio.Event) -> None:
        """Relay all until *stop* is set; a relay whose log is away waits for it alone."""
        async with asyncio.TaskGroup() as group:
            for relay in self._relays.values():
                group.create_task(relay.run(stop))
