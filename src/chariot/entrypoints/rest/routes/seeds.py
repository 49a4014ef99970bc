"""Seeds: where discovery starts. What descends from none is never scanned."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.entrypoints.rest.problems import PreconditionError, invalid
from chariot.entrypoints.rest.requests import revision_of
from chariot.entrypoints.rest.routes.entities import etag, present
from chariot.entrypoints.rest.routes.parameters import Why
from chariot.entrypoints.rest.shapes import SHAPES, shown
from chariot.errors import ConflictError, InvalidError, NotFoundError
from chariot.model.kinds.work import Seed
from chariot.model.observations import Edit
from chariot.model.states import Depth, Status

OPERATIONS = Operations("Seeds")
SeedText = Annotated[str, Meta(max_length=300, description="A domain, an address or a netblock")]
SeedRecord: Any = SHAPES["seed"].type


class SeedItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One seed."""

    value: SeedText
    depth: Annotated[Depth, Meta(description="How deep scans may go")] = Depth.NORMAL
    deny: Annotated[
        list[SeedText],
        Meta(max_length=10_000, description="Names, addresses and netblocks below it that stay untouched"),
    ] = []
    note: Annotated[str, Meta(max_length=2_000, description="Why it is ours")] = ""


class SeedsBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Seeds to add."""

    seeds: Annotated[list[SeedItem], Meta(min_length=1, max_length=1_000)]
    why: Why = ""


class ExcludeParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a seed goes."""

    why: Why = ""


@OPERATIONS.add(
    "POST",
    "/api/v1/seeds",
    "seeds:write",
    data=list[SeedRecord],
    status=201,
    body=SeedsBody,
    repeatable=True,
    example={"seeds": [{"value": "example.com", "note": "our main domain"}, {"value": "192.0.2.0/28"}]},
    sighted=True,
)
async def add_seeds(call: Call) -> Answer:
    """Add seeds: all of them or none.

    A seed that was excluded becomes active again; a field that is left out stays as it is.
    """
    body: SeedsBody = call.body
    seeds = [_seed(item, f"seeds[{number}]") for number, item in enumerate(body.seeds)]
    await call.services.surface.edit(
        call.caller.organisation,
        [
            Edit(actor=call.caller.user, why=body.why, entity=seed, status=Status.ACTIVE)
            for seed in {seed.key: seed for seed in seeds}.values()
        ],
    )
    keys = list(dict.fromkeys(seed.key for seed in seeds))
    records = await call.services.store.get(call.caller.organisation, keys)
    return call.one([shown(records[key]) for key in keys], status=201)


def _seed(item: SeedItem, place: str) -> Seed:
    try:
        return Seed(value=item.value, depth=item.depth, deny=tuple(item.deny), note=item.note)
    except ValueError as error:
        field, _, text = str(error).partition(": ")
        raise InvalidError(text, place=f"{place}.{field}") from None


@OPERATIONS.add(
    "DELETE",
    "/api/v1/seeds/{value}",
    "seeds:write",
    data=SeedRecord,
    parameters=ExcludeParameters,
    names={"value": "The seed, percent-encoded: `192.0.2.0%2F28`"},
    errors=(NotFoundError, ConflictError, PreconditionError),
    headers={"if-match": "The ETag that was read; refuse when the seed changed since"},
    repeatable=True,
    sighted=True,
)
async def exclude_seed(call: Call) -> Answer:
    """Exclude a seed.

    What descends from it alone is scanned no more. History keeps it, and adding it again brings it back.
    """
    asked: ExcludeParameters = call.parameters
    try:
        key = Seed(value=call.names["value"]).key
    except ValueError as error:
        raise InvalidError(invalid(error).message.removeprefix("value: "), place="value") from None
    revision = revision_of(call.headers.get("if-match", ""))
    edit = Edit(
        actor=call.caller.user,
        why=asked.why,
        key=key,
        status=Status.EXCLUDED,
        if_revision=revision,
    )
    try:
        await call.services.surface.edit(call.caller.organisation, [edit])
    except ConflictError as error:
        raise PreconditionError(str(error)) if revision is not None else error from None
    record = await present(call, key)
    answer = shown(record)
    return call.one(answer, headers={"etag": etag(record, answer)})
