"""What the promises of a bus are told with: names, bounds, a clock, and a few things that tests do often."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from chariot.model.keys import Organisation
from chariot.modules.work.messages import (
    Delivery,
    Message,
)
from chariot.modules.work.ports import Bus

ACME = Organisation("acme")
GLOBEX = Organisation("globex")
QUEUE = "plan"
LEASE_S = 2.0
PATIENCE_S = 60.0
"""How long a test waits for what comes at once on a machine that has nothing else to do."""
BOUND = 1_000
SMALL_QUEUE = "small"
SMALL_BOUND = 3


class Clock(Protocol):
    """Time as the bus sees it: a made one for local buses, the real one for servers."""

    def now(self) -> datetime: ...

    async def sleep(self, seconds: float) -> None: ...


class MadeClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self._now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


def message(
    name: str, key: str = "", *, queue: str = QUEUE, organisation: Organisation = ACME, body: bytes = b"{}"
) -> Message:
    return Message(
        queue=queue, id=name, organisation=organisation, order_key=key or f"#domain#{name}", body=body
    )


async def take(bus: Bus, limit: int = 10, *, queue: str = QUEUE, owner: str = "worker-1") -> list[Delivery]:
    return list(await bus.lease(queue, limit=limit, lease_s=LEASE_S, owner=owner))


async def take_one(bus: Bus, *, owner: str = "worker-1", queue: str = QUEUE) -> Delivery:
    """Take the only message there is; a server may tell of what it has accepted a moment later."""
    deadline = asyncio.get_running_loop().time() + PATIENCE_S
    deliveries = await take(bus, queue=queue, owner=owner)
    while not deliveries and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(0.01)
        deliveries = await take(bus, queue=queue, owner=owner)
    (delivery,) = deliveries
    return delivery


async def publish_again(bus: Bus, told: Message) -> int:
    """Publish what was forgotten by now; a server under load forgets a little later. Return how many it took."""
    deadline = asyncio.get_running_loop().time() + PATIENCE_S
    taken = await bus.publish([told])
    while not taken and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(0.1)
        taken = await bus.publish([told])
    return taken


async def die(bus: Bus, name: str, *, organisation: Organisation = ACME, queue: str = QUEUE) -> None:
    await bus.publish([message(name, queue=queue, organisation=organisation)])
    delivery = await take_one(bus, queue=queue)
    assert await bus.bury(delivery, f"poison {name}")


def ids(deliveries: Sequence[Delivery]) -> list[str]:
    return [delivery.message.id for delivery in deliveries]
