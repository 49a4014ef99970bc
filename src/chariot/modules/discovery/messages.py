"""What discovery puts into queues. Every message may come twice; its id makes that harmless."""

import hashlib
from datetime import datetime

import msgspec

from chariot.errors import InvalidError
from chariot.model.keys import Key, Organisation
from chariot.modules.work.messages import Message
from chariot.modules.work.queues import PLAN, SCAN_END
from chariot.modules.work.relay import Notice, notice_of


class ScanOrder(msgspec.Struct, frozen=True, kw_only=True, tag_field="order", tag="scan"):
    """Begin a scan: look again at all that was known before; its seeds come by their changes."""

    scan: str
    started_at: datetime
    due_only: bool = False
    """Leave alone what was looked at within its period and did not change since."""
    round: int = 0
    """How often it went on before."""
    since: datetime | None = None
    """Where it goes on: what was looked at since then, and did not change, is done."""


class PageOrder(msgspec.Struct, frozen=True, kw_only=True, tag_field="order", tag="page"):
    """Plan one page of what was known before a scan began, then the next page."""

    scan: str
    kind: str
    started_at: datetime
    cursor: str = ""
    due_only: bool = False
    round: int = 0
    since: datetime | None = None


class JobOrder(msgspec.Struct, frozen=True, kw_only=True, tag_field="order", tag="job", omit_defaults=True):
    """Run one capability at one target."""

    capability: str
    key: Key
    scan: str = ""
    """The scan that it is part of; empty when none was running."""
    sequence: int = 0
    """The change that asked for it; 0 when the scan itself did."""
    round: int = 0


class EndOrder(msgspec.Struct, frozen=True, kw_only=True, tag_field="order", tag="end"):
    """Wait until nothing of a scan is left to do, then say so."""

    scan: str


class _Peek(msgspec.Struct):
    order: str = ""


_encoder = msgspec.json.Encoder()
_orders: msgspec.json.Decoder[ScanOrder | PageOrder] = msgspec.json.Decoder(ScanOrder | PageOrder)
_jobs = msgspec.json.Decoder(JobOrder)
_ends = msgspec.json.Decoder(EndOrder)
_peek = msgspec.json.Decoder(_Peek)


def scan_message(organisation: Organisation, order: ScanOrder) -> Message:
    """Return the message that begins a scan."""
    return Message(
        queue=PLAN,
        id=_again(f"scan:{order.scan}", order.round),
        organisation=organisation,
        order_key=f"scan:{order.scan}",
        body=_encoder.encode(order),
    )


def page_message(organisation: Organisation, order: PageOrder) -> Message:
    """Return the message that plans one page."""
    return Message(
        queue=PLAN,
        id=_id("page", _again(order.scan, order.round), order.kind, order.cursor),
        organisation=organisation,
        order_key=f"page:{order.scan}:{order.kind}",
        body=_encoder.encode(order),
    )


def job_message(organisation: Organisation, queue: str, order: JobOrder) -> Message:
    """Return the message that runs one capability; asked for twice by the same scan or change, it runs once."""
    return Message(
        queue=queue,
        id=_id(
            order.capability,
            order.key,
            str(order.sequence) if order.sequence else _again(order.scan, order.round),
        ),
        organisation=organisation,
        order_key=f"{order.capability}|{order.key}",
        body=_encoder.encode(order),
    )


def end_message(organisation: Organisation, scan: str, again: int) -> Message:
    """Return the message that ends a scan; *again* is how often it went on before."""
    return Message(
        queue=SCAN_END,
        id=_again(f"end:{scan}", again),
        organisation=organisation,
        order_key=f"scan:{scan}",
        body=_encoder.encode(EndOrder(scan=scan)),
    )


def end_order(message: Message) -> EndOrder:
    """Return what a message of the queue `scan-end` asks for.

    Raises:
        InvalidError: the body is no such order.
    """
    try:
        return _ends.decode(message.body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidError(f"is no order to end a scan: {error}", place="body") from None


def plan_order(message: Message) -> ScanOrder | PageOrder | Notice:
    """Return what a message of the queue `plan` asks for.

    Raises:
        InvalidError: the body is none of the three.
    """
    try:
        if _peek.decode(message.body).order:
            return _orders.decode(message.body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidError(f"is no order to plan: {error}", place="body") from None
    return notice_of(message)


def job_order(message: Message) -> JobOrder:
    """Return what a message of a capability queue asks for.

    Raises:
        InvalidError: the body is no job.
    """
    try:
        return _jobs.decode(message.body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidError(f"is no job: {error}", place="body") from None


def _again(name: str, again: int) -> str:
    # What was ordered before is known to the queue by its id, and would be ignored.
    return f"{name}.{again}" if again else name


def _id(*parts: str) -> str:
    # Keys may be far longer than an id may be; equal parts give equal digests, and others do not in practice.
    return f"{parts[0][:60]}:{hashlib.blake2b('|'.join(parts).encode(), digest_size=20).hexdigest()}"
