"""The surface as a graph: attack paths, what to fix first, what falls with an asset, what leaves with a seed.

Who sees a part of the surface is answered as if there were nothing else; see `chariot.modules.graph.parts`. What would
leave with an asset cannot be told of a part: something hidden may keep it.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.entrypoints.rest.requests import instant
from chariot.entrypoints.rest.routes.parameters import KEY, AsOf, key_in
from chariot.errors import InvalidError, NotFoundError, UnavailableError
from chariot.model.keys import Key, kind_of
from chariot.modules.graph.answers import (
    AttackPaths,
    Blast,
    FixPlan,
    Keystone,
    Neighbourhood,
    Position,
    Pruned,
)

if TYPE_CHECKING:
    from chariot.modules.graph.service import GraphService

OPERATIONS = Operations("Graph")
_Listed = Annotated[int, Meta(ge=1, le=1_000, description="The most items in the list")]
_KeyText = Annotated[str, Meta(max_length=16_384)]


class PathParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which paths."""

    target: Annotated[
        _KeyText, Meta(description="Key of the asset; without it, the likeliest path to each")
    ] = ""
    k: Annotated[int, Meta(ge=1, le=100, description="How many paths to the target")] = 10
    limit: Annotated[int, Meta(ge=1, le=100, description="How many targets, without `target`")] = 25
    as_of: AsOf = ""


class PlanParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long a plan."""

    steps: Annotated[int, Meta(ge=1, le=100, description="The most fixes in order")] = 10
    as_of: AsOf = ""


class ListParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much."""

    limit: _Listed = 100
    as_of: AsOf = ""


class HopParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far."""

    hops: Annotated[int, Meta(ge=1, le=10, description="Relationships from the entity")] = 1
    limit: Annotated[int, Meta(ge=1, le=5_000, description="The most entities")] = 200
    as_of: AsOf = ""


class PruneBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What would be excluded."""

    keys: Annotated[
        tuple[_KeyText, ...], Meta(min_length=1, max_length=100, description="Keys of seeds or assets")
    ]
    limit: _Listed = 100
    as_of: AsOf = ""


async def _graph(call: Call) -> "GraphService":
    if call.services.graph is None:
        raise UnavailableError("this server keeps no graph")
    return await call.services.graph()


def _as_of(text: str) -> datetime | None:
    return instant(text, place="as_of") if text else None


def _key(text: str, place: str) -> Key:
    if not kind_of(text) or "\0" in text:
        raise InvalidError("is not a key such as #domain#example.com", place=place)
    return Key(text)


@OPERATIONS.add(
    "GET",
    "/api/v1/graph/paths",
    "entities:read",
    sighted=True,
    data=AttackPaths,
    parameters=PathParameters,
    errors=(NotFoundError,),
)
async def attack_paths(call: Call) -> Answer:
    """Show how somebody would come from the internet to what matters.

    Each path is told step by step: how likely the step succeeds and why, which weaknesses it uses, what ends it.
    Where no asset is marked with the tag `criticality`, each host counts, and `assumed` is true. Who sees a part of the
    surface is told of paths within that part.
    """
    asked: PathParameters = call.parameters
    graph = await _graph(call)
    found = await graph.paths(
        call.caller.organisation,
        _key(asked.target, "target") if asked.target else None,
        k=asked.k,
        limit=asked.limit,
        as_of=_as_of(asked.as_of),
    )
    return call.one(found)


@OPERATIONS.add(
    "GET",
    "/api/v1/graph/fix-plan",
    "entities:read",
    sighted=True,
    data=FixPlan,
    parameters=PlanParameters,
)
async def fix_plan(call: Call) -> Answer:
    """Show which few fixes close most attack paths, and the smallest set that closes all.

    `steps` stand in the order in which they pay most; each says which share of the paths is closed with it.
    """
    asked: PlanParameters = call.parameters
    graph = await _graph(call)
    return call.one(
        await graph.fix_plan(call.caller.organisation, steps=asked.steps, as_of=_as_of(asked.as_of))
    )


@OPERATIONS.add(
    "GET",
    "/api/v1/graph/entities/{key}/blast-radius",
    "entities:read",
    sighted=True,
    data=Blast,
    parameters=ListParameters,
    names=KEY,
    errors=(NotFoundError,),
)
async def blast_radius(call: Call) -> Answer:
    """Show what falls with one asset: everything that its holder could come to."""
    asked: ListParameters = call.parameters
    graph = await _graph(call)
    found = await graph.blast_radius(
        call.caller.organisation, key_in(call.names), limit=asked.limit, as_of=_as_of(asked.as_of)
    )
    return call.one(found)


@OPERATIONS.add(
    "GET",
    "/api/v1/graph/entities/{key}/neighbourhood",
    "entities:read",
    data=Neighbourhood,
    parameters=HopParameters,
    names=KEY,
    errors=(NotFoundError,),
    sighted=True,
)
async def neighbourhood(call: Call) -> Answer:
    """Show what stands around an entity, nearest first, and the relationships between."""
    asked: HopParameters = call.parameters
    graph = await _graph(call)
    found = await graph.neighbourhood(
        call.caller.organisation,
        key_in(call.names),
        hops=asked.hops,
        limit=asked.limit,
        as_of=_as_of(asked.as_of),
    )
    return call.one(found)


@OPERATIONS.add(
    "GET",
    "/api/v1/graph/entities/{key}/position",
    "entities:read",
    sighted=True,
    data=Position,
    names=KEY,
    errors=(NotFoundError,),
)
async def graph_position(call: Call) -> Answer:
    """Show where an asset stands on attack paths: how likely somebody gets there, and how far from there."""
    graph = await _graph(call)
    return call.one(await graph.position(call.caller.organisation, key_in(call.names)))


@OPERATIONS.add(
    "GET",
    "/api/v1/graph/keystones",
    "entities:read",
    data=list[Keystone],
    parameters=ListParameters,
)
async def keystones(call: Call) -> Answer:
    """Show the entities through which alone most others are known."""
    asked: ListParameters = call.parameters
    graph = await _graph(call)
    found = await graph.keystones(call.caller.organisation, limit=asked.limit, as_of=_as_of(asked.as_of))
    return call.one(found)


@OPERATIONS.add(
    "POST",
    "/api/v1/graph/prune-preview",
    "entities:read",
    data=Pruned,
    body=PruneBody,
    errors=(NotFoundError,),
    example={"keys": ["#seed#example.com"]},
)
async def prune_preview(call: Call) -> Answer:
    """Show what would leave the surface if seeds or assets were excluded; nothing is changed."""
    body: PruneBody = call.body
    graph = await _graph(call)
    found = await graph.prune(
        call.caller.organisation,
        [_key(key, "keys") for key in body.keys],
        limit=body.limit,
        as_of=_as_of(body.as_of),
    )
    return call.one(found)
