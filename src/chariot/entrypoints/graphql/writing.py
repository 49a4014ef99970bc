"""What mutations do: each asks the service that its route in REST asks, with the same permission."""

from typing import Any

from chariot.entrypoints.graphql.context import Node, key_of
from chariot.entrypoints.graphql.reading import asking, present
from chariot.entrypoints.rest.requests import instant
from chariot.entrypoints.rest.routes.changing import changeable
from chariot.errors import DeniedError, InvalidError
from chariot.model.keys import SHARED, kind_of
from chariot.model.kinds.work import Seed
from chariot.model.observations import Edit
from chariot.model.states import Status

_TAGS = 100
_SEEDS = 1_000
_WHY = 2_000


def _text(value: str | None, place: str, *, most: int = _WHY) -> str:
    if value is not None and len(value) > most:
        raise InvalidError(f"is longer than {most:,} characters", place=place)
    return value or ""


async def transition_risk(_: Any, info: Any, key: str, state: Any, **asked: Any) -> Node:
    """Move a risk to another state."""
    one = asking(info)
    one.permit("risks:write")
    if kind_of(key) != "risk":
        raise InvalidError("is not the key of a risk", place="key")
    until, due_at = asked.get("until"), asked.get("due_at")
    try:
        record = await one.services.risks.transition(
            one.caller.organisation,
            key_of(key),
            state,
            one.caller.user,
            _text(asked.get("reason"), "reason"),
            until=instant(until[:64], place="until") if until else None,
            owner=asked.get("owner") and _text(asked["owner"], "owner", most=200),
            due_at=instant(due_at[:64], place="due_at") if due_at else None,
            if_revision=asked.get("if_revision"),
        )
    except InvalidError as error:
        raise InvalidError(error.message, place="reason" if error.place == "why" else error.place) from None
    return Node(record, None)


async def add_seeds(_: Any, info: Any, seeds: list[dict[str, Any]], why: str = "") -> list[Node]:
    """Add seeds: all of them or none."""
    one = asking(info)
    one.permit("seeds:write")
    if not 1 <= len(seeds) <= _SEEDS:
        raise InvalidError(f"has not from 1 to {_SEEDS:,} items", place="seeds")
    made = {seed.key: seed for seed in [_seed(item, number) for number, item in enumerate(seeds)]}
    await one.services.surface.edit(
        one.caller.organisation,
        [
            Edit(actor=one.caller.user, why=_text(why, "why"), entity=seed, status=Status.ACTIVE)
            for seed in made.values()
        ],
    )
    found = await one.services.store.get(one.caller.organisation, list(made))
    return [Node(found[key], None) for key in made]


def _seed(item: dict[str, Any], number: int) -> Seed:
    try:
        return Seed(**{name: value for name, value in item.items() if value is not None})
    except ValueError as error:
        field, _, text = str(error).partition(": ")
        raise InvalidError(text, place=f"seeds[{number}].{field}") from None


async def exclude_seed(_: Any, info: Any, value: str, why: str = "") -> Node:
    """Exclude a seed; history keeps it."""
    one = asking(info)
    one.permit("seeds:write")
    try:
        key = Seed(value=value).key
    except ValueError as error:
        raise InvalidError(str(error).removeprefix("value: "), place="value") from None
    await present(one, key)
    edit = Edit(actor=one.caller.user, why=_text(why, "why"), key=key, status=Status.EXCLUDED)
    await one.services.surface.edit(one.caller.organisation, [edit])
    return await present(one, key)


async def change_tags(_: Any, info: Any, key: str, tags: list[dict[str, Any]], why: str = "") -> Node:
    """Set tags, or take them off."""
    one = asking(info)
    one.permit("entities:write")
    if not 1 <= len(tags) <= _TAGS:
        raise InvalidError(f"has not from 1 to {_TAGS} items", place="tags")
    node = await present(one, changeable(key_of(key)))
    if node.record.organisation == SHARED != one.caller.organisation:
        raise DeniedError("what all organisations share is changed by none of them")
    changed = {
        _text(tag["label"], "tags.label", most=100): tag.get("value")
        and _text(tag["value"], "tags.value", most=500)
        for tag in tags
    }
    try:
        edit = Edit(actor=one.caller.user, why=_text(why, "why"), key=node.record.key, tags=changed)
    except ValueError as error:
        raise InvalidError(str(error), place="tags") from None
    await one.services.surface.edit(one.caller.organisation, [edit])
    return await present(one, node.record.key)
