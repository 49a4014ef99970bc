"""Scans: order one, watch it, stop it; and what the scope says of a target."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from chariot.entrypoints.rest.operations import Answer, Call, Handler, Operations
from chariot.entrypoints.rest.routes.queues import QueueItem, queue_item
from chariot.entrypoints.rest.routes.seeds import SeedText
from chariot.errors import BusyError, ConflictError, NotFoundError
from chariot.model.kinds.work import Scan
from chariot.model.states import Depth, ScanPhase
from chariot.modules.discovery.progress import Progress

OPERATIONS = Operations("Scans")


class ScanBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to scan."""

    seeds: Annotated[
        list[SeedText], Meta(max_length=1_000, description="Where to start; by default all that is known")
    ] = []
    deny: Annotated[
        list[SeedText],
        Meta(max_length=10_000, description="Names, addresses and netblocks below them that stay untouched"),
    ] = []
    depth: Annotated[Depth | None, Meta(description="How deep scans of these seeds may go")] = None
    due_only: Annotated[
        bool, Meta(description="Leave alone what was looked at within its period and did not change since")
    ] = False


class ScanStarted(msgspec.Struct, frozen=True):
    """A scan that was ordered."""

    scan: str


class StopBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why everything stops."""

    reason: Annotated[str, Meta(min_length=1, max_length=500)]


class ScanState(msgspec.Struct, frozen=True, kw_only=True):
    """How far discovery is."""

    waiting: int
    """Messages that are not finished."""
    stopped: str
    """Why everything is stopped; empty when it is not."""
    queues: list[QueueItem]
    counts: Mapping[str, Mapping[str, int]]
    """Entities by kind and status."""


class ScanItem(msgspec.Struct, frozen=True, kw_only=True):
    """One scan: who ordered what, and how far it is."""

    scan: str
    key: str
    state: ScanPhase
    halted: str
    """`paused`, `cancelled`, or empty where nobody halted it."""
    requested_by: str
    seeds: Sequence[str]
    """Where it starts; empty for all that is known."""
    deny: Sequence[str]
    depth: Depth | None
    due_only: bool
    started_at: datetime | None
    ended_at: datetime | None
    progress: Progress
    """How far it is; of one that has ended, how far it was then."""


_HALTED = {
    ScanPhase.PAUSED: "paused",
    ScanPhase.CANCELLING: "cancelled",
    ScanPhase.CANCELLED: "cancelled",
}
_SCAN = {"scan": "The id that ordering the scan gave"}


class ScopeParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Of what."""

    target: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=2_000,
            description="A key, a name, an address or a netblock",
            examples=["192.0.2.7"],
        ),
    ]


class ScopeAnswer(msgspec.Struct, frozen=True):
    """What the scope says."""

    target: str
    admitted: bool
    """Whether the seeds allow to look at it."""
    why: str
    """One sentence on why it is in scope or is not."""
    authority: str
    """Which contracts allow it, for each kind of touch, or why not; empty where no contract counts."""


@OPERATIONS.add(
    "POST",
    "/api/v1/scans",
    "scans:write",
    data=ScanStarted,
    status=202,
    body=ScanBody,
    errors=(BusyError, ConflictError),
    repeatable=True,
    example={"seeds": ["example.com"], "deny": ["legacy.example.com"]},
)
async def start_scan(call: Call) -> Answer:
    """Order a scan.

    The answer comes at once; watch the address that it names, or the changes of `kind=scan` in the event stream.
    """
    body: ScanBody = call.body
    scan = await call.services.scans.start(
        call.caller.organisation,
        body.seeds,
        deny=body.deny,
        requested_by=call.caller.user,
        depth=body.depth,
        due_only=body.due_only,
    )
    return call.one(ScanStarted(scan), status=202, headers={"location": f"/api/v1/scans/{scan}"})


@OPERATIONS.add("GET", "/api/v1/scans/current", "scans:read", data=ScanState)
async def read_progress(call: Call) -> Answer:
    """Tell how far discovery is."""
    return call.one(await _state(call))


async def _state(call: Call) -> ScanState:
    progress = await call.services.scans.progress(call.caller.organisation)
    return ScanState(
        waiting=progress.waiting,
        stopped=progress.stopped,
        queues=[queue_item(depth) for depth in progress.queues],
        counts=progress.counts,
    )


@OPERATIONS.add(
    "POST",
    "/api/v1/scans/current/stop",
    "scans:write",
    data=ScanState,
    body=StopBody,
    example={"reason": "the shop is slow"},
    repeatable=True,
)
async def stop_scans(call: Call) -> Answer:
    """Stop all that is sent, at once; its jobs keep their places.

    The server that is asked stops at once, other processes within about a second; it holds until it is resumed.
    """
    body: StopBody = call.body
    user = call.caller.user
    await call.services.scans.stop(call.caller.organisation, f"{user}: {body.reason}", requested_by=user)
    return call.one(await _state(call))


@OPERATIONS.add("POST", "/api/v1/scans/current/resume", "scans:write", data=ScanState, repeatable=True)
async def resume_scans(call: Call) -> Answer:
    """Let things be sent again."""
    await call.services.scans.resume(call.caller.organisation, requested_by=call.caller.user)
    return call.one(await _state(call))


@OPERATIONS.add(
    "GET", "/api/v1/scans/{scan}", "scans:read", data=ScanItem, names=_SCAN, errors=(NotFoundError,)
)
async def read_scan(call: Call) -> Answer:
    """Tell how far a scan is, and what it could not look at."""
    return call.one(await _item(call))


def _steering(action: str) -> Callable[[Handler], Handler]:
    return OPERATIONS.add(
        "POST",
        f"/api/v1/scans/{{scan}}/{action}",
        "scans:write",
        data=ScanItem,
        names=_SCAN,
        errors=(NotFoundError, ConflictError),
        repeatable=True,
    )


@_steering("pause")
async def pause_scan(call: Call) -> Answer:
    """Pause a scan.

    Nothing of it begins any more, in every process, nor does a look at what is found meanwhile; what has begun ends
    by itself.
    """
    await call.services.scans.pause(
        call.caller.organisation, call.names["scan"], requested_by=call.caller.user
    )
    return call.one(await _item(call))


@_steering("resume")
async def resume_scan(call: Call) -> Answer:
    """Let a paused scan go on with what it has not looked at yet."""
    await call.services.scans.go_on(
        call.caller.organisation, call.names["scan"], requested_by=call.caller.user
    )
    return call.one(await _item(call))


@_steering("cancel")
async def cancel_scan(call: Call) -> Answer:
    """Cancel a scan for good.

    What has not begun is let go of, in every process; what has begun ends by itself, and what it finds is kept.
    """
    await call.services.scans.cancel(
        call.caller.organisation, call.names["scan"], requested_by=call.caller.user
    )
    return call.one(await _item(call))


async def _item(call: Call) -> ScanItem:
    record, progress = await call.services.scans.read(call.caller.organisation, call.names["scan"])
    scan = record.entity
    assert isinstance(scan, Scan)
    return ScanItem(
        scan=scan.id,
        key=record.key,
        state=scan.state,
        halted=_HALTED.get(scan.state, ""),
        requested_by=scan.requested_by,
        seeds=scan.seeds,
        deny=scan.deny,
        depth=scan.depth,
        due_only=scan.due_only,
        started_at=scan.started_at,
        ended_at=scan.ended_at,
        progress=progress,
    )


@OPERATIONS.add("GET", "/api/v1/scope", "scans:read", data=ScopeAnswer, parameters=ScopeParameters)
async def read_scope(call: Call) -> Answer:
    """Tell whether a target is in scope, and why."""
    asked: ScopeParameters = call.parameters
    scans, organisation = call.services.scans, call.caller.organisation
    verdict = await scans.verdict(organisation, asked.target)
    authority = await scans.authority(organisation, asked.target)
    return call.one(ScopeAnswer(asked.target, verdict.admitted, verdict.why, authority))
