"""Seeds: where discovery starts. What descends from none is never scanned."""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.entrypoints.rest.problems import PreconditionError
from chariot.entrypoints.rest.requests import revision_of
from chariot.entrypoints.rest.routes.entities import etag, present
from chariot.entrypoints.rest.routes.parameters import Why
from chariot.entrypoints.rest.shapes import SHAPES, shown
from chariot.errors import ConflictError, InvalidError, NotFoundError
from chariot.model.kinds.work import Seed
from chariot.model.observations import Edit
from chariot.model.refusals import refused_entity
from chariot.model.states import Depth, Status

OPERATIONS = Operations("Seeds")
SeedText = Annotated[str, Meta(max_length=300, description="A domain, an address or a netblock")]
SeedRecord: Any = SHAPES["seed"].type


class ScopedSeed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What of one seed makes the scope; what is left out stays as it is."""

    value: SeedText
    depth: Annotated[Depth | UnsetType, Meta(description="How deep scans may go; of a new seed `normal`")] = (
        UNSET
    )
    deny: (
        Annotated[
            list[SeedText],
            Meta(
                max_length=10_000, description="Names, addresses and netblocks below it that stay untouched"
            ),
        ]
        | UnsetType
    ) = UNSET


class SeedItem(ScopedSeed, frozen=True, forbid_unknown_fields=True):
    """One seed; what is left out stays as it is."""

    note: Annotated[str, Meta(max_length=2_000, description="Why it is ours")] | UnsetType = UNSET


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
    seeds = [checked_seed(item, f"seeds[{number}]") for number, item in enumerate(body.seeds)]
    stated = {seed.key: _stated(item) for seed, item in zip(seeds, body.seeds, strict=True)}
    await call.services.surface.edit(
        call.caller.organisation,
        [
            # What is stated counts also where it is the default: a denial can be taken back.
            Edit(
                actor=call.caller.user,
                why=body.why,
                entity=seed,
                fields=stated[seed.key],
                status=Status.ACTIVE,
            )
            for seed in {seed.key: seed for seed in seeds}.values()
        ],
    )
    keys = list(dict.fromkeys(seed.key for seed in seeds))
    records = await call.services.store.get(call.caller.organisation, keys)
    return call.one([shown(records[key]) for key in keys], status=201)


def checked_seed(item: ScopedSeed, place: str) -> Seed:
    """Return the seed that *item* states, with the defaults for what it leaves out.

    Raises:
        InvalidError: a value is wrong; *place* says where *item* stands.
    """
    try:
        return Seed(value=item.value, **_stated(item))
    except ValueError as error:
        field, _, text = str(error).partition(": ")
        raise InvalidError(text, place=f"{place}.{field}") from None


def _stated(item: ScopedSeed) -> dict[str, Any]:
    values = {name: getattr(item, name) for name in item.__struct_fields__ if name != "value"}
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in values.items()
        if value is not UNSET
    }


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
        raise refused_entity(error) from None
    revision = revision_of(call.headers)
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
