"""What changed: the log, the difference between two moments, and the counters."""

from datetime import datetime
from enum import Enum
from typing import Annotated

import msgspec
from msgspec import Meta

from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.entrypoints.rest.requests import instant
from chariot.entrypoints.rest.routes.entities import AnyRecord
from chariot.entrypoints.rest.routes.parameters import Cursor, Limit, readable_kinds, unread_kinds
from chariot.entrypoints.rest.shapes import shown
from chariot.errors import InvalidError
from chariot.model.keys import SHARED
from chariot.model.records import Change, Difference
from chariot.model.registry import kinds_named
from chariot.model.states import ON_SURFACE

OPERATIONS = Operations("History")
_SURFACE = frozenset(status.value for status in ON_SURFACE)


class ChangeParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """From where on."""

    after: Annotated[
        int, Meta(ge=0, le=2**53, description="The sequence of the last change that was seen")
    ] = 0
    limit: Limit = 100


class DiffParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Between which moments."""

    since: Annotated[
        str,
        Meta(max_length=64, description="An instant (ISO 8601), or a time ago", examples=["24h"]),
    ]
    until: Annotated[str, Meta(max_length=64, description="As `since`; by default now")] = ""
    kind: Annotated[
        str,
        Meta(
            max_length=500,
            description="Kinds, separated by commas; by default all",
            examples=["risks,assets"],
        ),
    ] = ""
    limit: Limit = 100
    cursor: Cursor = ""


class Happened(Enum):
    """What became of an entity between two moments."""

    APPEARED = "appeared"
    CHANGED = "changed"
    LEFT = "left"


class DifferenceItem(msgspec.Struct, frozen=True, kw_only=True):
    """How one entity differs between two moments."""

    key: str
    kind: str
    happened: Happened
    fields: tuple[str, ...]
    """Which fields are different."""
    before: AnyRecord | None
    after: AnyRecord | None


class Statistics(msgspec.Struct, frozen=True, kw_only=True):
    """How much there is."""

    total: int
    """Entities on the surface."""
    on_surface: dict[str, int]
    """By kind."""
    by_status: dict[str, dict[str, int]]
    """By kind and status, also what left the surface."""
    at: datetime


@OPERATIONS.add(
    "GET",
    "/api/v1/changes",
    "entities:read",
    data=Change,
    paged=True,
    parameters=ChangeParameters,
    sighted=True,
)
async def list_changes(call: Call) -> Answer:
    """List what changed, in the order in which it happened.

    The cursor is the sequence of the last change; a caller that keeps it misses nothing and sees nothing twice.
    It never ends: `has_more` says whether there is more already.
    """
    asked: ChangeParameters = call.parameters
    found = await call.services.store.changes(
        asked.after, asked.limit + 1, organisation=call.caller.organisation
    )
    unread = unread_kinds(call.caller, "entities:read")
    page = found[: asked.limit]
    more = len(found) > asked.limit
    last = page[-1].sequence if page else asked.after
    newest = await call.services.store.last_sequence(call.caller.organisation)
    return call.page(
        [one for one in page if one.kind not in unread],
        limit=asked.limit,
        cursor=str(last) if more else "",
        by="after",
        meta={"last_sequence": last, "newest": newest},
    )


def _kinds(text: str) -> tuple[str, ...]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    return tuple(dict.fromkeys(kind for name in names for kind in kinds_named(name)))


@OPERATIONS.add(
    "GET",
    "/api/v1/diff",
    "entities:read",
    data=DifferenceItem,
    paged=True,
    parameters=DiffParameters,
    sighted=True,
)
async def read_diff(call: Call) -> Answer:
    """Tell how the surface at one moment differs from that at another."""
    asked: DiffParameters = call.parameters
    now = call.services.now()
    since = instant(asked.since, place="since", now=now)
    until = instant(asked.until, place="until", now=now) if asked.until else now
    if since > until:
        raise InvalidError("lies after until", place="since")
    page = await call.services.store.differences(
        call.caller.organisation,
        since,
        until,
        kinds=readable_kinds(call.caller, "entities:read", _kinds(asked.kind)),
        limit=asked.limit,
        cursor=asked.cursor,
    )
    moments = {"since": since.isoformat(), "until": until.isoformat()}
    return call.page(
        [_difference(one) for one in page.items],
        limit=asked.limit,
        cursor=page.cursor,
        meta=moments,
        again=moments,
    )


def _difference(one: Difference) -> DifferenceItem:
    happened = Happened.CHANGED
    if one.before is None:
        happened = Happened.APPEARED
    elif one.after is None:
        happened = Happened.LEFT
    return DifferenceItem(
        key=one.key,
        kind=one.kind,
        happened=happened,
        fields=one.fields,
        before=shown(one.before) if one.before else None,
        after=shown(one.after) if one.after else None,
    )


@OPERATIONS.add("GET", "/api/v1/statistics", "entities:read", data=Statistics, sighted=True)
async def read_statistics(call: Call) -> Answer:
    """Count what there is.

    The counters are kept with each write, so that this costs the same however much there is.
    """
    store = call.services.store
    stamp = store.stamp()
    counts = {kind: dict(states) for kind, states in (await store.counts(call.caller.organisation)).items()}
    shared = await store.counts(SHARED)
    if "vulnerability" in shared:
        counts["vulnerability"] = dict(shared["vulnerability"])
    on_surface = {
        kind: sum(number for status, number in states.items() if status in _SURFACE)
        for kind, states in counts.items()
    }
    return call.one(
        Statistics(
            total=sum(on_surface.values()),
            on_surface=on_surface,
            by_status=counts,
            at=call.services.now(),
        ),
        holds=stamp,
    )
