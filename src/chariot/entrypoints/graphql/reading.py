"""What the fields of queries do: each asks the service that its route in REST asks."""

from typing import Any

from chariot.entrypoints.graphql.context import (
    Asking,
    Connected,
    Node,
    cursor_in,
    first_in,
    key_of,
    moment,
    page,
)
from chariot.entrypoints.graphql.loading import EdgesOf
from chariot.entrypoints.rest.requests import instant
from chariot.entrypoints.rest.routes.lists import default_sort
from chariot.entrypoints.rest.routes.parameters import unread_kinds
from chariot.errors import InvalidError, NotFoundError
from chariot.model.keys import SHARED, Key
from chariot.model.records import Difference, Version
from chariot.model.registry import kinds_named
from chariot.model.relationships import RelationshipType
from chariot.model.states import ON_SURFACE
from chariot.modules.surface.filters import parse_filter
from chariot.modules.surface.ports import Direction
from chariot.modules.surface.query import Query


def asking(info: Any) -> Asking:
    """Return what all fields of the request share."""
    found: Asking = info.context
    return found


async def entity(_: Any, info: Any, key: str, **asked: Any) -> Node | None:
    """Return one entity."""
    return await asking(info).node(key_of(key), moment(asked))


def lister(kinds: tuple[str, ...]) -> Any:
    """Return the resolver that lists *kinds*."""

    async def resolve(_: Any, info: Any, **asked: Any) -> dict[str, Any]:
        one = asking(info)
        one.permit_kinds(kinds)
        query = Query(
            kinds=kinds,
            where=parse_filter(asked.get("filter") or "", kinds),
            sort=asked.get("sort") or default_sort(kinds),
            limit=first_in(asked),
            cursor=cursor_in(asked),
            as_of=moment(asked),
            everything=bool(asked.get("everything")),
        )
        organisation = SHARED if kinds == ("vulnerability",) else one.caller.organisation
        found = await one.services.store.find(organisation, query)
        return page([Node(record, query.as_of) for record in found.items], found)

    return resolve


def relationships(direction: Direction | None = None, types: tuple[RelationshipType, ...] = ()) -> Any:
    """Return the resolver of an entity's relationships; what is not given here is an argument."""

    async def resolve(node: Node, info: Any, **asked: Any) -> dict[str, Any]:
        wanted = direction or ("in" if asked.get("incoming") else "out")
        edges = EdgesOf(
            key=node.record.key,
            direction=wanted,
            types=types or tuple(asked.get("types") or ()),
            limit=first_in(asked),
            cursor=cursor_in(asked),
            as_of=node.as_of,
        )
        found = await asking(info).loading.edges.load(edges)
        assert found is not None  # Every page that is asked for is read.
        others = [one.target if wanted == "out" else one.source for one in found.items]
        return page([Connected(*pair, node.as_of) for pair in zip(found.items, others, strict=True)], found)

    return resolve


async def other_end(connected: Connected, info: Any) -> Node | None:
    """Return the entity at the other end."""
    return await asking(info).node(connected.other, connected.as_of)


async def referred(node: Node, info: Any) -> Node | None:
    """Return the entity that a risk is at."""
    return await asking(info).node(Key(node.facts["target"]), node.as_of)


async def history(node: Node, info: Any, **asked: Any) -> dict[str, Any]:
    """Return the versions of an entity, newest first."""
    one = asking(info)
    found = await one.services.store.versions(
        one.caller.organisation, node.record.key, limit=first_in(asked), cursor=cursor_in(asked)
    )
    return page([_version(version) for version in found.items], found)


def _version(version: Version) -> dict[str, Any]:
    change = version.change
    return {
        "revision": change.revision,
        "sequence": change.sequence,
        "op": change.op,
        "fields": change.fields,
        "actor": change.actor,
        "why": change.why,
        "status": version.status,
        "valid_from": version.valid_from,
        "valid_to": version.valid_to,
        "tags": version.tags,
    }


async def explanation(node: Node, info: Any, **asked: Any) -> Any:
    """Return why a risk has its score, and what changed in it since a moment."""
    one = asking(info)
    return await one.services.risks.explain(
        one.caller.organisation, node.record.key, since=moment(asked, "since")
    )


async def changes(_: Any, info: Any, **asked: Any) -> list[Any]:
    """Return what changed after a sequence."""
    one = asking(info)
    after = int(asked.get("after") or 0)
    if not 0 <= after <= 2**53:
        raise InvalidError("is not the sequence of a change", place="after")
    found = await one.services.store.changes(after, first_in(asked), organisation=one.caller.organisation)
    unread = unread_kinds(one.caller, "entities:read")
    return [change for change in found if change.kind not in unread]


async def diff(_: Any, info: Any, since: str, **asked: Any) -> dict[str, Any]:
    """Return how the surface at one moment differs from that at another."""
    one = asking(info)
    now = one.services.now()
    start = instant(since[:64], place="since", now=now)
    until = instant(str(asked["until"])[:64], place="until", now=now) if asked.get("until") else now
    if start > until:
        raise InvalidError("lies after until", place="since")
    kinds = tuple(dict.fromkeys(kind for name in asked.get("kinds") or () for kind in kinds_named(name)))
    found = await one.services.store.differences(
        one.caller.organisation, start, until, kinds=kinds, limit=first_in(asked), cursor=cursor_in(asked)
    )
    return page([_difference(one, difference) for difference in found.items], found)


def _difference(one: Asking, difference: Difference) -> dict[str, Any]:
    one.permit_kinds((difference.kind,))
    return {
        "key": difference.key,
        "kind": difference.kind,
        "fields": difference.fields,
        "before": Node(difference.before, None) if difference.before else None,
        "after": Node(difference.after, None) if difference.after else None,
    }


async def statistics(_: Any, info: Any) -> list[dict[str, Any]]:
    """Return how much there is, by kind and status."""
    one = asking(info)
    counts = await one.services.store.counts(one.caller.organisation)
    on_surface = {status.value for status in ON_SURFACE}
    return [
        {
            "kind": kind,
            "on_surface": sum(number for status, number in states.items() if status in on_surface),
            "by_status": dict(states),
        }
        for kind, states in sorted(counts.items())
    ]


async def present(one: Asking, key: Key) -> Node:
    """Return the entity of *key* as it is now.

    Raises:
        NotFoundError: there is none.
    """
    found = await one.services.store.get(one.caller.organisation, [key])
    if key not in found:
        raise NotFoundError(f"nothing has the key {key[:200]}")
    return Node(found[key], None)
