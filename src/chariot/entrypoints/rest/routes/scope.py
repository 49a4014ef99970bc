"""Who authorised what, what was sent by whose word, and what a scan would do."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta

from chariot.entrypoints.rest.downloads import attachment
from chariot.entrypoints.rest.operations import Answer, Call, Operations, RawJson
from chariot.entrypoints.rest.routes.audit import audit
from chariot.entrypoints.rest.routes.scans import ScanBody
from chariot.entrypoints.rest.routes.seeds import ScopedSeed, SeedText, checked_seed
from chariot.errors import ConflictError, NotFoundError
from chariot.model.kinds.scope import LEVELS, Contract
from chariot.model.refusals import refused_entity
from chariot.modules.audit.export import MEDIA_TYPES
from chariot.modules.discovery.contracting import (
    ContractService,
    ContractState,
    Document,
    TrustedKeys,
    contract_in,
    document_of,
)
from chariot.modules.discovery.contracts import FORM
from chariot.modules.discovery.journal import JournalStore, verify
from chariot.modules.discovery.journal_export import exported
from chariot.modules.discovery.journal_lines import JournalLine, told
from chariot.modules.discovery.plan import Plan
from chariot.modules.discovery.scans import SeedInForce
from chariot.modules.discovery.scope_preview import ScopePreview, SeedChange

OPERATIONS = Operations("Scope")

_NAME = {"contract": "The name of a contract"}
_DOCUMENT = {
    "form": FORM,
    "organisation": "default",
    "terms": {
        "id": "pentest-2030",
        "authorised_by": "Jane Roe, CISO",
        "valid_until": "2099-01-01T00:00:00Z",
        "allow": ["example.com"],
    },
    "signing_key": "5f" * 32,
    "signature": "c0" * 64,
}


class ContractItem(msgspec.Struct, frozen=True, kw_only=True):
    """One contract, and whether it counts."""

    id: str
    authorised_by: str
    purpose: str
    valid_from: datetime | None
    valid_until: datetime | None
    allow: tuple[str, ...]
    deny: tuple[str, ...]
    windows: tuple[str, ...]
    packets_per_s: int
    touch: tuple[str, ...]
    signing_key: str
    signature: str
    status: str
    """`active`, or `excluded` when it was withdrawn."""
    fault: str
    """Why its signature does not hold; empty when it does."""
    refusal: str
    """Why nothing may be sent by it now; empty when it may."""


class ContractBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Terms to sign with the key of this server."""

    id: Annotated[str, Meta(min_length=1, max_length=100)]
    authorised_by: Annotated[str, Meta(min_length=1, max_length=500)]
    purpose: Annotated[str, Meta(max_length=2_000)] = ""
    valid_from: datetime | None = None
    valid_until: datetime
    allow: Annotated[list[str], Meta(min_length=1, max_length=10_000)]
    deny: Annotated[list[str], Meta(max_length=10_000)] = []
    windows: Annotated[list[str], Meta(max_length=50)] = []
    packets_per_s: Annotated[int, Meta(ge=0, le=10**9)] = 0
    touch: Annotated[tuple[str, ...], Meta(min_length=1, max_length=3)] = LEVELS


class ContractFault(msgspec.Struct, frozen=True):
    """Whether a contract is as it was signed."""

    contract: str
    fault: str
    """Why its signature does not hold here; empty when it does."""


class WithdrawParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why."""

    why: Annotated[str, Meta(max_length=500, description="The reason, which is kept")] = ""


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """What seeds allow, whether anything is sent at all, and who signs contracts."""

    seeds: tuple[SeedInForce, ...]
    stopped: str
    """Why everything is stopped; empty when it is not."""
    key: str
    """The public key that signs contracts here, in hexadecimal."""


class ScopeChangeBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A change of seeds that nobody has saved yet."""

    put: Annotated[list[ScopedSeed], Meta(max_length=100, description="Seeds as they would be added")] = []
    drop: Annotated[list[SeedText], Meta(max_length=1_000, description="Seeds that would be excluded")] = []


class JournalParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which lines."""

    after: Annotated[int, Meta(ge=0, description="Only lines with a greater number")] = 0
    limit: Annotated[int, Meta(ge=1, le=5_000, description="How many at most")] = 100
    address: Annotated[str, Meta(max_length=60, description="Only what was sent to this address")] = ""


class JournalExportParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which lines."""

    address: Annotated[
        str, Meta(max_length=60, description="Only what was sent to this address or netblock")
    ] = ""


class JournalHead(msgspec.Struct, frozen=True):
    """Where the journal begins and ends: whoever keeps it elsewhere sees when a line before it changes."""

    number: int
    """Of the last line; 0 where nothing was sent."""
    hash: str
    """Of the last line, in hexadecimal."""
    start: int
    """The last line that retention took away."""
    start_hash: str


class JournalState(msgspec.Struct, frozen=True):
    """Whether the journal is as it was written."""

    lines: int
    """How many hold."""
    fault: str
    """What is wrong with the next one; empty when all hold."""


@OPERATIONS.add("GET", "/api/v1/scope/outline", "scans:read", data=Outline)
async def read_scope_outline(call: Call) -> Answer:
    """Tell the seeds in force, whether everything is stopped, and with which key contracts are signed here."""
    outline = await call.services.scans.outline(call.caller.organisation)
    return call.one(Outline(seeds=outline.seeds, stopped=outline.stopped, key=_keys(call).public()))


@OPERATIONS.add("GET", "/api/v1/scope/contracts", "scans:read", data=list[ContractItem])
async def list_scope_contracts(call: Call) -> Answer:
    """List who authorised what, also what was withdrawn or has ended."""
    return call.one([_item(one) for one in await _contracts(call).all(call.caller.organisation)])


@OPERATIONS.add(
    "POST",
    "/api/v1/scope/contracts",
    "scope:write",
    data=ContractItem,
    status=201,
    body=ContractBody,
    errors=(ConflictError,),
    repeatable=True,
    example={
        "id": "pentest-2030",
        "authorised_by": "Jane Roe, CISO",
        "valid_until": "2099-01-01T00:00:00Z",
        "allow": ["example.com"],
        "windows": ["mon-fri 22:00-06:00 Europe/Berlin"],
    },
)
async def sign_contract(call: Call) -> Answer:
    """Sign a contract and put it in force: from the first one on, what no contract allows is refused."""
    body: ContractBody = call.body
    try:
        contract = msgspec.convert({"kind": Contract.kind, **msgspec.to_builtins(body)}, Contract)
    except msgspec.ValidationError as error:
        raise refused_entity(error, place="body") from None
    organisation = call.caller.organisation
    signed = await _contracts(call).sign(organisation, contract, actor=call.caller.user)
    return call.one(_item(await _contracts(call).get(organisation, signed.id)), status=201)


@OPERATIONS.add(
    "GET",
    "/api/v1/scope/contracts/{contract}",
    "scans:read",
    data=ContractItem,
    names=_NAME,
    errors=(NotFoundError,),
)
async def read_contract(call: Call) -> Answer:
    """Tell what a contract says and whether it counts."""
    return call.one(_item(await _contracts(call).get(call.caller.organisation, call.names["contract"])))


@OPERATIONS.add(
    "GET",
    "/api/v1/scope/contracts/{contract}/document",
    "scans:read",
    data=Document,
    enveloped=False,
    names=_NAME,
    errors=(NotFoundError,),
)
async def read_contract_document(call: Call) -> Answer:
    """Give a contract with its signature as a file, for an archive or another installation."""
    organisation = call.caller.organisation
    state = await _contracts(call).get(organisation, call.names["contract"])
    return Answer(body=document_of(organisation, state.contract))


@OPERATIONS.add(
    "POST",
    "/api/v1/scope/contracts/documents",
    "scope:write",
    data=ContractItem,
    status=201,
    body=RawJson(Document),
    errors=(ConflictError,),
    repeatable=True,
    example=_DOCUMENT,
)
async def take_in_contract(call: Call) -> Answer:
    """Put a contract in force that was signed elsewhere, by a key that is trusted here."""
    organisation = call.caller.organisation
    taken = await _contracts(call).take_in(organisation, call.body, actor=call.caller.user)
    return call.one(_item(await _contracts(call).get(organisation, taken.id)), status=201)


@OPERATIONS.add(
    "POST",
    "/api/v1/scope/contracts/verification",
    "scans:read",
    data=ContractFault,
    body=RawJson(Document),
    example=_DOCUMENT,
)
async def verify_contract(call: Call) -> Answer:
    """Tell whether a contract is as it was signed, by a key that is trusted here; nothing is kept of it."""
    organisation = call.caller.organisation
    contract = contract_in(organisation, call.body)
    return call.one(ContractFault(contract.id, await _contracts(call).fault(organisation, contract)))


@OPERATIONS.add(
    "POST",
    "/api/v1/scope/contracts/{contract}/withdraw",
    "scope:write",
    data=ContractItem,
    names=_NAME,
    parameters=WithdrawParameters,
    errors=(NotFoundError,),
    repeatable=True,
)
async def withdraw_contract(call: Call) -> Answer:
    """Let a contract count no more: what it alone allowed is refused from now on."""
    name, organisation = call.names["contract"], call.caller.organisation
    await _contracts(call).withdraw(organisation, name, actor=call.caller.user, why=call.parameters.why)
    return call.one(_item(await _contracts(call).get(organisation, name)))


@OPERATIONS.add(
    "GET", "/api/v1/scope/journal", "journal:read", data=list[JournalLine], parameters=JournalParameters
)
async def list_sent(call: Call) -> Answer:
    """List what was sent to whom, when, why and by whose word, the oldest first.

    Go on with `after` set to the last number.
    """
    asked: JournalParameters = call.parameters
    rows = await _journal(call).rows(
        call.caller.organisation, after=asked.after, limit=asked.limit, address=asked.address
    )
    return call.one([told(row) for row in rows])


@OPERATIONS.add(
    "POST",
    "/api/v1/scope/preview",
    "scans:read",
    data=ScopePreview,
    body=ScopeChangeBody,
    example={"put": [{"value": "example.com", "deny": ["legacy.example.com"]}], "drop": ["192.0.2.0/28"]},
)
async def preview_scope(call: Call) -> Answer:
    """Tell what of the things that are known a change of seeds would bring into scope, and what would fall out.

    Nothing is written for that. What a contract refuses it refuses then as well.
    """
    body: ScopeChangeBody = call.body
    put = []
    for number, item in enumerate(body.put):
        seed = checked_seed(item, f"put[{number}]")
        put.append(
            SeedChange(
                value=seed.value,
                depth=None if item.depth is UNSET else seed.depth,
                deny=None if item.deny is UNSET else seed.deny,
            )
        )
    return call.one(await call.services.scans.preview(call.caller.organisation, put, body.drop))


@OPERATIONS.add("GET", "/api/v1/scope/journal/head", "journal:read", data=JournalHead)
async def read_journal_head(call: Call) -> Answer:
    """Tell where the journal begins and ends."""
    head = await _journal(call).head(call.caller.organisation)
    return call.one(JournalHead(head.number, head.hash.hex(), head.start, head.start_hash.hex()))


@OPERATIONS.add(
    "GET",
    "/api/v1/scope/journal/export",
    "journal:read",
    data=str,
    enveloped=False,
    media_type="application/octet-stream",
    other_media_types=(MEDIA_TYPES["jsonl"],),
    parameters=JournalExportParameters,
    errors=(ConflictError,),
)
async def download_journal(call: Call) -> Answer:
    """Download what was sent, for an abuse desk: each line with its place in the chain, and last a signed seal."""
    asked: JournalExportParameters = call.parameters
    organisation, signer = call.caller.organisation, audit(call).signer
    lines = exported(_journal(call), organisation, asked.address, signer, at=call.services.now())
    # What can go wrong is seen before anything is answered.
    first = await anext(lines)
    return attachment("journal.jsonl", MEDIA_TYPES["jsonl"], _behind(first, lines), None)


async def _behind(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


@OPERATIONS.add("GET", "/api/v1/scope/journal/verification", "journal:read", data=JournalState)
async def verify_journal(call: Call) -> Answer:
    """Tell whether the whole journal is as it was written."""
    verified = await verify(_journal(call), call.caller.organisation)
    return call.one(JournalState(verified.lines, verified.fault))


@OPERATIONS.add(
    "POST",
    "/api/v1/scans/plan",
    "scans:read",
    data=Plan,
    body=ScanBody,
    example={"seeds": ["example.com"]},
)
async def plan_scan(call: Call) -> Answer:
    """Tell what a scan would do: targets, packets and time of each capability. Nothing is sent for that."""
    body: ScanBody = call.body
    plans = call.services.plans
    if plans is None:
        raise NotFoundError("this server plans no scans")
    plan = await plans.plan(
        call.caller.organisation, body.seeds, deny=body.deny, depth=body.depth, due_only=body.due_only
    )
    return call.one(plan)


def _contracts(call: Call) -> ContractService:
    if call.services.contracts is None:
        raise NotFoundError("this server keeps no contracts")
    return call.services.contracts


def _keys(call: Call) -> TrustedKeys:
    if call.services.contract_keys is None:
        raise NotFoundError("this server keeps no contracts")
    return call.services.contract_keys


def _journal(call: Call) -> JournalStore:
    if call.services.journal is None:
        raise NotFoundError("this server keeps no journal")
    return call.services.journal


def _item(state: ContractState) -> ContractItem:
    values: dict[str, Any] = {name: getattr(state.contract, name) for name in Contract.__struct_fields__}
    return ContractItem(**values, status=state.status, fault=state.fault, refusal=state.refusal)
