"""How answers reach the server: progress and acknowledgements, each batch confirmed once for a partition."""

import asyncio
from collections.abc import Sequence

from chariot.adapters.nats.desk import Desk, Entry
from chariot.adapters.nats.link import NO_RESPONDERS, Link, status

ACK = b"+ACK"
PROGRESS = b"+WPI"


async def answer(link: Link, desk: Desk, entries: Sequence[Entry], word: bytes) -> list[Entry]:
    """Send *word* for *entries*; return those that another process owns by now.

    A consumer takes answers in their order, so the confirmation of the last is one of all before it.
    When the consumer is gone nobody confirms: the partition has another owner.

    Raises:
        UnavailableError: the server is away; whether the answers arrived is not known.
    """
    by_partition: dict[int, list[Entry]] = {}
    for entry in entries:
        by_partition.setdefault(entry.partition, []).append(entry)
    outcomes = await asyncio.gather(*(_tell(link, group, word) for group in by_partition.values()))
    lost: list[Entry] = []
    for (partition, group), confirmed in zip(by_partition.items(), outcomes, strict=True):
        if not confirmed:
            desk.drop(partition)
            lost += group
    return lost


async def _tell(link: Link, entries: Sequence[Entry], word: bytes) -> bool:
    for entry in entries[:-1]:
        await link.post(entry.reply, word)
    return status(await link.request(entries[-1].reply, word)) != NO_RESPONDERS
