"""Lists: one for each kind and for each group of kinds, all by the same handler."""

from collections.abc import Sequence
from typing import Annotated, Any, Union

import msgspec
from msgspec import Meta

from chariot.entrypoints.rest.operations import Answer, Call, Handler, Operations
from chariot.entrypoints.rest.requests import instant
from chariot.entrypoints.rest.routes.parameters import READ_BY, AsOf, Cursor, Fields, FilterText, Limit
from chariot.entrypoints.rest.shapes import SHAPES, chosen_fields, plural, sparse
from chariot.model.keys import SHARED, Organisation
from chariot.model.registry import GROUPS, KINDS, UNLISTED, spec_of
from chariot.modules.surface.filters import parse_filter
from chariot.modules.surface.query import Query, filter_fields, sorts

OPERATIONS = Operations("Surface")


_FIRST = ("score", "started_at")
"""Fields by which a person wants to see a list, the largest first."""


class ListParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a list can be asked."""

    filter: FilterText = ""
    sort: Annotated[
        str, Meta(max_length=80, description="A field to sort by; with `-` before it, descending")
    ] = ""
    limit: Limit = 100
    cursor: Cursor = ""
    as_of: AsOf = ""
    everything: Annotated[
        bool, Meta(description="Also what is not on the surface: what is gone, what a person excluded")
    ] = False
    fields: Fields = ""


def default_sort(kinds: Sequence[str]) -> str:
    """Return the order that a person wants to see first: what matters most, where a kind knows it."""
    own = spec_of(kinds[0])
    for name in _FIRST if len(kinds) == 1 else ():
        if name in own and own[name].mark.indexed:
            return f"-{name}"
    return "key"


def _organisation(call: Call, kinds: Sequence[str]) -> Organisation:
    """Return where the kinds live: vulnerabilities are kept once, for all organisations."""
    return SHARED if tuple(kinds) == ("vulnerability",) else call.caller.organisation


def lister(kinds: tuple[str, ...]) -> Handler:
    """Return the handler that lists *kinds*."""

    async def handle(call: Call) -> Answer:
        asked: ListParameters = call.parameters
        names = chosen_fields(asked.fields, kinds)
        query = Query(
            kinds=kinds,
            where=parse_filter(asked.filter, kinds),
            sort=asked.sort or default_sort(kinds),
            limit=asked.limit,
            cursor=asked.cursor,
            as_of=instant(asked.as_of, place="as_of") if asked.as_of else None,
            everything=asked.everything,
        )
        store = call.services.store
        stamp = None if asked.as_of else store.stamp()
        page = await store.find(_organisation(call, kinds), query)
        return call.page(
            [sparse(record, names) for record in page.items],
            limit=asked.limit,
            cursor=page.cursor,
            meta={"kinds": kinds, "sort": query.sort, "as_of": query.as_of},
            holds=stamp,
        )

    return handle


def _describe(kinds: tuple[str, ...]) -> str:
    about = KINDS[kinds[0]].__doc__ or "" if len(kinds) == 1 else f"The kinds {', '.join(kinds)}."
    fields = ", ".join(f"`{name}`" for name in [*filter_fields(kinds), "tag.<label>"])
    orders = ", ".join(f"`{name}`" for name in sorts(kinds))
    return f"{about.strip()} Filters: {fields}. Sorts: {orders}; by default `{default_sort(kinds)}`."


def _declare(noun: str, kinds: tuple[str, ...]) -> None:
    data: Any = Union[tuple(SHAPES[kind].type for kind in kinds)]  # noqa: UP007 - the members are not known to the checker
    OPERATIONS.add(
        "GET",
        f"/api/v1/{noun}",
        READ_BY.get(kinds[0], "entities:read"),
        id=f"list_{noun}",
        summary=f"List {noun}",
        description=_describe(kinds),
        data=data,
        paged=True,
        parameters=ListParameters,
        sighted=True,
    )(lister(kinds))


for _kind in KINDS:
    if _kind not in UNLISTED:
        _declare(plural(_kind), (_kind,))
for _noun, _kinds in GROUPS.items():
    _declare(_noun, _kinds)
