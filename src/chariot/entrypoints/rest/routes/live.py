"""Changes as server-sent events."""

import re
from collections.abc import AsyncIterator, Iterable
from typing import Annotated

import msgspec
from msgspec import Meta

from chariot.entrypoints.live.hub import Hub
from chariot.entrypoints.live.interest import Interest
from chariot.entrypoints.rest.caller import Caller
from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.entrypoints.rest.routes.parameters import READ_BY, FilterText
from chariot.entrypoints.rest.services import RestServices
from chariot.errors import BusyError, DeniedError, InvalidError
from chariot.model.keys import Key
from chariot.model.registry import KINDS, kinds_named
from chariot.modules.identity.proof import UnprovenError

OPERATIONS = Operations("History")
PATH = "/api/v1/changes/live"
PERMISSION = "entities:read"
MEDIA_TYPE = "text/event-stream"
LONGEST = 2**53
"""No sequence is larger: scripts in browsers could not tell it apart from the next."""
_RETRY_MS = 2_000
_SEQUENCE = re.compile(r"0|[1-9][0-9]{0,15}")


class LiveParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """From where on, and which."""

    after: Annotated[
        Annotated[int, Meta(ge=0, le=LONGEST)] | None,
        Meta(
            description="The sequence of the last change that was seen; without it, the present",
        ),
    ] = None
    kind: Annotated[
        str,
        Meta(
            max_length=500,
            description="Kinds, separated by commas; by default all",
            examples=["risks,assets"],
        ),
    ] = ""
    filter: FilterText = ""


@OPERATIONS.add(
    "GET",
    PATH,
    PERMISSION,
    data=str,
    enveloped=False,
    media_type=MEDIA_TYPE,
    parameters=LiveParameters,
    headers={
        "last-event-id": "The sequence of the last change that was seen; browsers send it by themselves"
    },
    errors=(BusyError,),
    quick=True,
    sighted=True,
)
async def follow_changes(call: Call) -> Answer:
    """Follow what changes, as it happens, as server-sent events.

    Each event is called `change`; its id is the change's sequence and its data the change as in `/changes`. A client
    that comes again with the last id misses nothing. The same address speaks WebSocket.
    """
    asked: LiveParameters = call.parameters
    interest = wanted(call.caller, asked.kind.split(","), (), asked.filter)
    last = call.headers.get("last-event-id", "")
    after = _sequence(last) if last else asked.after
    hub = call.services.live
    hub.check(f"{call.caller.organisation}/{call.caller.user}")
    present = await call.services.store.last_sequence(call.caller.organisation)
    return Answer(
        media_type=MEDIA_TYPE,
        headers={"x-accel-buffering": "no"},
        stream=_events(call, hub, interest, present, present if after is None else after),
        patience_s=hub.limits.patience_s,
    )


def _sequence(text: str) -> int:
    if _SEQUENCE.fullmatch(text) is None:
        raise InvalidError("is not the sequence of a change", place="last-event-id")
    return int(text)


async def _events(call: Call, hub: Hub, interest: Interest, present: int, after: int) -> AsyncIterator[bytes]:
    caller = call.caller
    name = f"{caller.organisation}/{caller.user}"
    async with hub.watching(
        call.services.store, caller.organisation, name, present, shelf=caller.shelf
    ) as watch:
        watch.interest = interest
        watch.resume(after)
        # An id alone is no event, but the client keeps it: it comes again from here though it saw no change yet.
        yield b"retry: %d\nid: %d\n\n" % (_RETRY_MS, watch.position)
        token = call.headers.get("authorization", "").partition(" ")[2].strip()
        async for batch in watch.batches(lambda: may_still(call.services, token, caller, PERMISSION)):
            if batch.items:
                yield b"".join([one.event for one in batch.items])
            else:
                yield b": still here\nid: %d\n\n" % batch.position


def wanted(caller: Caller, kinds: Iterable[str], keys: Iterable[str], text: str) -> Interest:
    """Return what a caller wants to watch.

    Raises:
        InvalidError: a kind or the filter is none.
        DeniedError: the filter is about a kind that the caller may not read.
    """
    named = frozenset(kind for name in kinds if name.strip() for kind in kinds_named(name.strip()))
    if not text.strip():
        return Interest(kinds=named, keys=frozenset(map(Key, keys)))
    for kind in named & READ_BY.keys():
        # What a filter lets pass tells what stands in the fields.
        if not caller.may_within(READ_BY[kind], PERMISSION):
            raise DeniedError(f"this needs the permission {READ_BY[kind]}")
    readable = frozenset(
        kind for kind in KINDS if kind not in READ_BY or caller.may_within(READ_BY[kind], PERMISSION)
    )
    return Interest(kinds=named or readable, keys=frozenset(map(Key, keys)), filter=text)


async def may_still(services: RestServices, token: str, caller: Caller, permission: str) -> bool:
    """Tell whether *token* is still the caller's, and still allows what it did."""
    try:
        known = await services.tokens.verify(token)
    except UnprovenError:
        return False
    if known is None or not known.may(permission):
        return False
    if services.admission is not None:
        return await services.admission.is_still(caller, known)
    return known.user == caller.user and (known.roams or known.organisation == caller.organisation)
