"""Scans: order one, and watch it."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.entrypoints.rest.routes.seeds import SeedText
from chariot.errors import BusyError, InvalidError
from chariot.model.kinds.work import seed_value

OPERATIONS = Operations("Scans")


class ScanBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to scan."""

    seeds: Annotated[
        list[SeedText], Meta(max_length=1_000, description="Where to start; by default all seeds there are")
    ] = []
    deny: Annotated[
        list[SeedText],
        Meta(max_length=10_000, description="Names, addresses and netblocks that stay untouched"),
    ] = []


class ScanStarted(msgspec.Struct, frozen=True):
    """A scan that was ordered."""

    scan: str


@OPERATIONS.add(
    "POST",
    "/api/v1/scans",
    "scans:write",
    data=ScanStarted,
    status=202,
    body=ScanBody,
    errors=(BusyError,),
    repeatable=True,
    example={"seeds": ["example.com"], "deny": ["legacy.example.com"]},
)
async def start_scan(call: Call) -> Answer:
    """Order a scan.

    The answer comes at once; watch `/api/v1/scans/current`.
    """
    body: ScanBody = call.body
    seeds = [_checked(one, f"seeds[{number}]") for number, one in enumerate(body.seeds)]
    deny = [_checked(one, f"deny[{number}]") for number, one in enumerate(body.deny)]
    scan = await call.services.scans.start(
        call.caller.organisation, seeds, deny=deny, requested_by=call.caller.user
    )
    return call.one(ScanStarted(scan), status=202, headers={"location": "/api/v1/scans/current"})


def _checked(text: str, place: str) -> str:
    try:
        return seed_value(text)
    except ValueError as error:
        raise InvalidError(str(error), place=place) from None


@OPERATIONS.add("GET", "/api/v1/scans/current", "scans:read", data=Any)
async def read_progress(call: Call) -> Answer:
    """Tell how far the work is, and what it does now."""
    return call.one(await call.services.scans.progress())
