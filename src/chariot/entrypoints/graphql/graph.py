"""The surface as a graph: the fields of queries, their types made from what the graph answers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

import msgspec
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)

from chariot.entrypoints.graphql.context import Asking, first_in, key_of, moment
from chariot.entrypoints.graphql.limits import PAGE
from chariot.entrypoints.graphql.scalars import BOOLEAN, ID, INT, JSON, STRING
from chariot.errors import DeniedError, InvalidError, UnavailableError
from chariot.model.keys import Key
from chariot.modules.graph.answers import (
    AttackPaths,
    Blast,
    FixPlan,
    Keystone,
    Neighbourhood,
    Position,
    Pruned,
)
from chariot.modules.graph.path_model import FixKind

if TYPE_CHECKING:
    from chariot.modules.graph.service import GraphService

MOST_HOPS = 10
_PERMISSION = "entities:read"
_FIRST = GraphQLArgument(GraphQLInt, description="The most items, 1 to 100; 20 unless it is said")
_AS_OF = GraphQLArgument(GraphQLString, description="Read as it was at this instant, ISO 8601")
_KEY = GraphQLArgument(ID, description="Key of an asset")
_PLAIN: Mapping[Any, Any] = {
    str: STRING,
    Key: ID,
    bool: BOOLEAN,
    int: INT,
    float: GraphQLNonNull(GraphQLFloat),
    FixKind: STRING,
}


async def _graph(info: Any, *, whole: bool = False) -> "tuple[GraphService, Asking]":
    """Return the graph that is asked, of the part that the caller sees; *whole* refuses who sees a part alone."""
    asking: Asking = info.context
    asking.permit(_PERMISSION)
    if whole and asking.caller.sight(_PERMISSION) is not None:
        raise DeniedError(f"your roles give {_PERMISSION} for a part of the surface; this needs all of it")
    if asking.services.graph is None:
        raise UnavailableError("this server keeps no graph")
    return await asking.services.graph(), asking


async def attack_paths(_: Any, info: Any, **asked: Any) -> AttackPaths:
    """Return how somebody would come from the internet to what matters, or to `target` alone."""
    graph, one = await _graph(info)
    target = key_of(asked["target"], place="target") if asked.get("target") else None
    most = first_in(asked)
    return await graph.paths(one.caller.organisation, target, k=most, limit=most, as_of=moment(asked))


async def fix_plan(_: Any, info: Any, **asked: Any) -> FixPlan:
    """Return which few fixes close most attack paths, and the smallest set that closes all."""
    graph, one = await _graph(info)
    return await graph.fix_plan(one.caller.organisation, steps=first_in(asked), as_of=moment(asked))


async def blast_radius(_: Any, info: Any, key: str, **asked: Any) -> Blast:
    """Return what falls with one asset."""
    graph, one = await _graph(info)
    return await graph.blast_radius(
        one.caller.organisation, key_of(key), limit=first_in(asked), as_of=moment(asked)
    )


async def neighbourhood(_: Any, info: Any, key: str, hops: int = 1, **asked: Any) -> Neighbourhood:
    """Return what stands around an entity, nearest first.

    Raises:
        InvalidError: too many hops, or none.
    """
    if not 1 <= hops <= MOST_HOPS:
        raise InvalidError(f"must be from 1 to {MOST_HOPS}", place="hops")
    graph, one = await _graph(info)
    return await graph.neighbourhood(
        one.caller.organisation, key_of(key), hops=hops, limit=first_in(asked), as_of=moment(asked)
    )


async def position(_: Any, info: Any, key: str) -> Position:
    """Return where an asset stands on attack paths."""
    graph, one = await _graph(info)
    return await graph.position(one.caller.organisation, key_of(key))


async def keystones(_: Any, info: Any, **asked: Any) -> list[Keystone]:
    """Return the entities through which alone most others are known."""
    graph, one = await _graph(info, whole=True)
    return list(await graph.keystones(one.caller.organisation, limit=first_in(asked), as_of=moment(asked)))


async def prune_preview(_: Any, info: Any, keys: list[str], **asked: Any) -> Pruned:
    """Return what would leave the surface if seeds or assets were excluded; nothing is changed.

    Raises:
        InvalidError: no key is given, or too many.
    """
    if not 1 <= len(keys) <= PAGE:
        raise InvalidError(f"must be from 1 to {PAGE}", place="keys")
    graph, one = await _graph(info, whole=True)
    wanted = [key_of(key, place="keys") for key in keys]
    return await graph.prune(one.caller.organisation, wanted, limit=first_in(asked), as_of=moment(asked))


def fields() -> dict[str, GraphQLField]:
    """Return the fields of queries about the graph."""
    types = _Answers()
    many: dict[str, GraphQLArgument] = {"first": _FIRST, "as_of": _AS_OF}
    about = {"key": _KEY, **many}
    target = GraphQLArgument(GraphQLID, description="Without it, the likeliest path to each that matters")
    hops = GraphQLArgument(GraphQLInt, default_value=1, description=f"Relationships away, 1 to {MOST_HOPS}")
    keys = GraphQLArgument(GraphQLNonNull(GraphQLList(ID)), description="Seeds or assets, 1 to 100")
    declared: list[tuple[Any, Any, dict[str, GraphQLArgument]]] = [
        (attack_paths, AttackPaths, {"target": target, **many}),
        (fix_plan, FixPlan, many),
        (blast_radius, Blast, about),
        (neighbourhood, Neighbourhood, {"hops": hops, **about}),
        (position, Position, {"key": _KEY}),
        (keystones, tuple[Keystone, ...], many),
        (prune_preview, Pruned, {"keys": keys, **many}),
    ]
    return {
        resolve.__name__: GraphQLField(
            types.of(answer),
            arguments,
            resolve=resolve,
            description=resolve.__doc__.partition("\n")[0].removeprefix("Return ").capitalize(),
        )
        for resolve, answer, arguments in declared
    }


class _Answers:
    """Makes the type of each answer once."""

    def __init__(self) -> None:
        self._made: dict[type[msgspec.Struct], GraphQLObjectType] = {}

    def of(self, hint: Any) -> Any:
        """Return the type of what is declared as *hint*."""
        if hint in _PLAIN:
            return _PLAIN[hint]
        arguments = get_args(hint)
        if type(None) in arguments:
            (present,) = (one for one in arguments if one is not type(None))
            return self.of(present).of_type
        if get_origin(hint) is tuple:
            return GraphQLNonNull(GraphQLList(self.of(arguments[0])))
        if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
            return GraphQLNonNull(self._struct(hint))
        return GraphQLNonNull(JSON)

    def _struct(self, cls: type[msgspec.Struct]) -> GraphQLObjectType:
        if cls not in self._made:
            hints = get_type_hints(cls)
            self._made[cls] = GraphQLObjectType(
                cls.__name__,
                {name: GraphQLField(self.of(hints[name])) for name in cls.__struct_fields__},
                description=(cls.__doc__ or "").partition("\n")[0],
            )
        return self._made[cls]
