"""What this server can do and knows: capabilities, intelligence, problem types, and its own description."""

from typing import Any

import msgspec

from chariot.capability import Capability, Touch
from chariot.entrypoints.rest.caller import PUBLIC
from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.entrypoints.rest.problems import PROBLEMS
from chariot.errors import NotFoundError
from chariot.modules.intel.records import FeedInfo

OPERATIONS = Operations("About")


class CapabilityItem(msgspec.Struct, frozen=True, kw_only=True):
    """What one scanner declares."""

    name: str
    summary: str
    accepts: tuple[str, ...]
    """Kinds that it looks at."""
    touch: Touch
    queue: str
    timeout_s: float
    period_s: float
    """How long an answer is good for."""
    needs: tuple[str, ...]
    """Programs that must be installed."""


class IntelligenceStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Which feeds are loaded."""

    revision: int
    """Counts the loads that changed something."""
    feeds: tuple[FeedInfo, ...]


class ProblemItem(msgspec.Struct, frozen=True, kw_only=True):
    """What a problem type means."""

    type: str
    title: str
    status: int
    advice: str


@OPERATIONS.add("GET", "/api/v1/capabilities", "capabilities:read", data=list[CapabilityItem])
async def list_capabilities(call: Call) -> Answer:
    """List the scanners that are installed."""
    found = sorted(call.services.capabilities, key=lambda one: one.name)
    return call.one([_capability(one) for one in found])


def _capability(one: type[Capability[Any]]) -> CapabilityItem:
    return CapabilityItem(
        name=one.name,
        summary=(one.__doc__ or "").strip().partition("\n")[0],
        accepts=one.accepts,
        touch=one.touch,
        queue=one.queue,
        timeout_s=one.timeout_s,
        period_s=one.period.total_seconds(),
        needs=one.needs,
    )


@OPERATIONS.add("GET", "/api/v1/intelligence", "intelligence:read", data=IntelligenceStatus)
async def read_intelligence(call: Call) -> Answer:
    """Tell which feeds of vulnerabilities are loaded, and of when."""
    status = await call.services.intel.status()
    return call.one(IntelligenceStatus(revision=status.revision, feeds=status.feeds))


@OPERATIONS.add(
    "GET",
    "/api/v1/problems/{name}",
    PUBLIC,
    data=ProblemItem,
    names={"name": "The last part of a problem's `type`"},
    errors=(NotFoundError,),
)
async def read_problem(call: Call) -> Answer:
    """Tell what a problem type means and what to do about it."""
    for row in PROBLEMS.values():
        if row.name == call.names["name"]:
            return call.one(ProblemItem(type=row.type, title=row.title, status=row.status, advice=row.advice))
    raise NotFoundError(f"no problem is called {call.names['name'][:40]!r}")
