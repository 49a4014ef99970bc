"""What this server can do and knows: capabilities, intelligence, problem types, and its own description."""

import msgspec

from chariot.entrypoints.rest.caller import PUBLIC
from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.entrypoints.rest.problems import PROBLEMS
from chariot.entrypoints.rest.shapes import plural
from chariot.errors import NotFoundError
from chariot.model.registry import KINDS
from chariot.model.relationships import ENDS, RelationshipType
from chariot.modules.discovery.describing import Described, described
from chariot.modules.intel.records import FeedInfo
from chariot.modules.surface.query import filter_fields, sorts

OPERATIONS = Operations("About")


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


@OPERATIONS.add("GET", "/api/v1/capabilities", "capabilities:read", data=list[Described], sighted=True)
async def list_capabilities(call: Call) -> Answer:
    """List the scanners that are installed."""
    found = sorted(call.services.capabilities, key=lambda one: one.name)
    return call.one(
        [described(one, cadence=call.services.cadence, left_out=call.services.left_out) for one in found]
    )


@OPERATIONS.add("GET", "/api/v1/intelligence", "intelligence:read", data=IntelligenceStatus, sighted=True)
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


class KindItem(msgspec.Struct, frozen=True, kw_only=True):
    """What one kind of entity is, and what it can be asked."""

    kind: str
    list: str
    """The address of its list."""
    summary: str
    fields: dict[str, str]
    """Facts of the kind, each with what it is."""
    filters: tuple[str, ...]
    sorts: tuple[str, ...]


class RelationshipItem(msgspec.Struct, frozen=True, kw_only=True):
    """Which kinds one type of relationship joins."""

    type: RelationshipType
    sources: tuple[str, ...]
    targets: tuple[str, ...]


@OPERATIONS.add("GET", "/api/v1/kinds", "entities:read", data=list[KindItem], sighted=True)
async def list_kinds(call: Call) -> Answer:
    """List the kinds of entities, with their fields, filters and sorts."""
    return call.one(
        [
            KindItem(
                kind=kind,
                list=f"/api/v1/{plural(kind)}",
                summary=(cls.__doc__ or "").strip().partition("\n")[0],
                fields={spec.name: spec.description for spec in cls.specs},
                filters=(*filter_fields((kind,)), "tag.<label>"),
                sorts=sorts((kind,)),
            )
            for kind, cls in KINDS.items()
        ]
    )


@OPERATIONS.add(
    "GET", "/api/v1/relationship-types", "entities:read", data=list[RelationshipItem], sighted=True
)
async def list_relationship_types(call: Call) -> Answer:
    """List the types of relationships, with the kinds that they join."""
    return call.one(
        [
            RelationshipItem(type=type_, sources=tuple(sorted(sources)), targets=tuple(sorted(targets)))
            for type_, (sources, targets) in ENDS.items()
        ]
    )
