"""Chains: what one capability found is handed to the next at once, also where it is no news."""

from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import islice

from chariot.model.keys import Key, Organisation, kind_of
from chariot.modules.discovery.messages import JobOrder, job_message
from chariot.modules.discovery.registry import QUEUES, AnyCapability, Registry
from chariot.modules.discovery.supervision import matches
from chariot.modules.surface.ports import EntityReader
from chariot.modules.work.ports import Publisher

HANDED_LIMIT = 2_000
"""The most things that one job hands to each of its next ones."""


class Chains:
    """Orders the next steps of a chain. Whether they may look there is decided when they begin."""

    def __init__(
        self,
        registry: Registry,
        store: EntityReader,
        bus: Publisher,
        *,
        left_out: Collection[str] = (),
    ) -> None:
        """*left_out* are steps that are not installed, and that nobody demands."""
        self._left_out = frozenset(left_out)
        self._registry = registry
        self._store = store
        self._bus = bus

    async def hand_on(
        self,
        organisation: Organisation,
        order: JobOrder,
        capability: AnyCapability,
        found: Iterable[Key],
        begun: datetime,
    ) -> None:
        """Order what comes next after *capability*, which ran since *begun* and *found* these things."""
        keys = list(found)
        for name in capability.next:
            step = self._registry.matcher(name)
            if step is not None and name not in self._left_out:
                wanted = (key for key in keys if kind_of(key) in step.accepts)
                await self._order(organisation, order, step, list(islice(wanted, HANDED_LIMIT)), begun)

    async def _order(
        self,
        organisation: Organisation,
        order: JobOrder,
        step: AnyCapability,
        keys: list[Key],
        begun: datetime,
    ) -> None:
        records = await self._store.get(organisation, keys)
        messages = [
            job_message(
                organisation,
                QUEUES[step.queue],
                JobOrder(
                    capability=step.name, key=key, scan=order.scan, sequence=order.sequence, round=order.round
                ),
            )
            for key, record in records.items()
            # What is new comes to it by its change, unless it waits to be handed things.
            if (step.chained or record.created < begun) and matches(step, record.entity)
        ]
        if messages:
            await self._bus.publish(messages)
