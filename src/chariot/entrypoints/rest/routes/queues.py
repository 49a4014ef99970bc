"""Queues: how full they are, and the messages that nobody tries any more."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.entrypoints.rest.routes.parameters import Cursor
from chariot.modules.work.messages import DeadLetter, Oldest, QueueDepth

OPERATIONS = Operations("Queues")


class DeadLetterParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which dead letters."""

    queue: Annotated[str, Meta(max_length=64, description="One queue; by default all")] = ""
    limit: Annotated[int, Meta(ge=1, le=500, description="The most items on one page")] = 100
    cursor: Cursor = ""


class QueueItem(msgspec.Struct, frozen=True, kw_only=True):
    """How full one queue is, and why its oldest message does not move."""

    queue: str
    waiting: int
    leased: int
    delayed: int
    dead: int
    oldest_age_s: float
    oldest: str
    """The reason in one sentence; empty when nothing waits."""
    oldest_message: Oldest | None = None
    """The same in its parts."""


class DeadLetterItem(msgspec.Struct, frozen=True, kw_only=True):
    """A message that nobody tries any more. Its body stays inside."""

    number: str
    queue: str
    id: str
    order_key: str
    attempts: int
    error: str
    published_at: datetime
    died_at: datetime


class ReplayBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Dead letters to try again."""

    numbers: Annotated[list[Annotated[str, Meta(max_length=64)]], Meta(min_length=1, max_length=1_000)]


class Replayed(msgspec.Struct, frozen=True):
    """How many were put back into their queues."""

    replayed: int


@OPERATIONS.add("GET", "/api/v1/queues", "queues:read", data=list[QueueItem])
async def list_queues(call: Call) -> Answer:
    """List the queues."""
    depths = await call.services.queues.depths(call.caller.organisation)
    return call.one([queue_item(one) for one in depths])


def queue_item(depth: QueueDepth) -> QueueItem:
    """Return how a queue is shown."""
    return QueueItem(
        queue=depth.queue,
        waiting=depth.waiting,
        leased=depth.leased,
        delayed=depth.delayed,
        dead=depth.dead,
        oldest_age_s=depth.oldest_age_s,
        oldest=depth.oldest.reason if depth.oldest else "",
        oldest_message=depth.oldest,
    )


@OPERATIONS.add(
    "GET",
    "/api/v1/queues/dead-letters",
    "queues:read",
    data=DeadLetterItem,
    paged=True,
    parameters=DeadLetterParameters,
)
async def list_dead_letters(call: Call) -> Answer:
    """List dead letters, newest first."""
    asked: DeadLetterParameters = call.parameters
    found = await call.services.queues.dead_letters(
        call.caller.organisation, queue=asked.queue, limit=asked.limit + 1, after=asked.cursor
    )
    page = found[: asked.limit]
    cursor = page[-1].number if len(found) > asked.limit else ""
    return call.page([_letter(one) for one in page], limit=asked.limit, cursor=cursor)


def _letter(letter: DeadLetter) -> DeadLetterItem:
    return DeadLetterItem(
        number=letter.number,
        queue=letter.message.queue,
        id=letter.message.id,
        order_key=letter.message.order_key,
        attempts=letter.attempts,
        error=letter.error,
        published_at=letter.published_at,
        died_at=letter.died_at,
    )


@OPERATIONS.add(
    "POST",
    "/api/v1/queues/dead-letters/replay",
    "queues:write",
    data=Replayed,
    body=ReplayBody,
    example={"numbers": ["17"]},
    repeatable=True,
)
async def replay_dead_letters(call: Call) -> Answer:
    """Put dead letters back at the end of their queues, with all their tries."""
    body: ReplayBody = call.body
    replayed = await call.services.queues.replay(body.numbers, organisation=call.caller.organisation)
    return call.one(Replayed(replayed))
