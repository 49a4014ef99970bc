"""Many subjects of one notice, each as a message of its own, so that no attempt grows with the surface."""

import hashlib
from collections.abc import Iterable

import msgspec

from chariot.model.keys import Key, Organisation, kind_of
from chariot.model.records import Op
from chariot.modules.work.messages import Message
from chariot.modules.work.ports import Publisher
from chariot.modules.work.relay import Notice

_encoder = msgspec.json.Encoder()


async def fan_out(
    bus: Publisher, queue: str, cause: str, organisation: Organisation, keys: Iterable[Key]
) -> None:
    """Publish one notice for each of *keys*; doing it again for the same *cause* is harmless.

    Raises:
        BusyError: the queue is full.
    """
    await bus.publish([_message(queue, cause, organisation, key) for key in keys])


def _message(queue: str, cause: str, organisation: Organisation, key: Key) -> Message:
    # Keys are longer than an id may be, so a digest stands for both.
    digest = hashlib.sha256(f"{cause}\n{organisation}\n{key}".encode()).hexdigest()
    notice = Notice(sequence=0, key=key, kind=kind_of(key), op=Op.UPDATED)
    return Message(
        queue=queue,
        id=f"fan-{digest}",
        organisation=organisation,
        order_key=key,
        body=_encoder.encode(notice),
    )
