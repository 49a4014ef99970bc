"""Messages carry the trace of whoever published them, so that work in another process belongs to it too."""

from collections.abc import Sequence
from typing import Any, Final, cast

import msgspec

from chariot.modules.work.messages import BODY_LIMIT_BYTES, DeadLetter, Delivery, Message
from chariot.modules.work.ports import Bus
from chariot.telemetry import trace_of, traceparent

_MARK: Final = b"\0trace "
"""Begins a body that carries a trace. Bodies are JSON, which never begins so."""
_END: Final = b"\n"
_LENGTH: Final = len(_MARK) + 55 + len(_END)
"""With a `traceparent` of version 00. Source: W3C Trace Context, section 3.2."""


def carrying(bus: Bus) -> Bus:
    """Return *bus*, whose messages carry the trace that they name, else the one in which they are published."""
    return cast("Bus", _Carrying(bus))


class _Carrying:
    """Stands before a bus. What is no message's way in or out passes as it is."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def __getattr__(self, name: str) -> Any:
        return getattr(self._bus, name)

    async def publish(self, messages: Sequence[Message]) -> int:
        """See `Publisher.publish`."""
        parent = traceparent()
        # What a relay publishes belongs to the traces of those who made the changes.
        return await self._bus.publish([packed(one, one.trace or parent) for one in messages])

    async def lease(self, queue: str, *, limit: int, lease_s: float, owner: str) -> Sequence[Delivery]:
        """See `Consumer.lease`."""
        found = await self._bus.lease(queue, limit=limit, lease_s=lease_s, owner=owner)
        return [
            one
            if not one.message.body.startswith(_MARK)
            else msgspec.structs.replace(one, message=unpacked(one.message))
            for one in found
        ]

    async def dead_letters(self, *arguments: Any, **options: Any) -> Sequence[DeadLetter]:
        """See `Inspector.dead_letters`."""
        found = await self._bus.dead_letters(*arguments, **options)
        return [msgspec.structs.replace(one, message=unpacked(one.message)) for one in found]


def packed(message: Message, parent: str) -> Message:
    """Return *message* with the trace *parent* in its body; one without room for that goes without."""
    if not parent or len(message.body) + _LENGTH > BODY_LIMIT_BYTES or message.body.startswith(_MARK):
        return message
    return msgspec.structs.replace(message, body=b"".join((_MARK, parent.encode(), _END, message.body)))


def unpacked(message: Message) -> Message:
    """Return *message* as it was published, its trace apart from its body."""
    if not message.body.startswith(_MARK):
        return message
    parent = message.body[len(_MARK) : _LENGTH - len(_END)].decode("ascii", "replace")
    trace = parent if trace_of(parent).trace_id else ""
    return msgspec.structs.replace(message, body=message.body[_LENGTH:], trace=trace)
