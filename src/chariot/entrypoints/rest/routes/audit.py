"""The audit log: who did or tried what, and whether the log still says what was written."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from chariot.entrypoints.rest.downloads import attachment
from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.entrypoints.rest.requests import instant
from chariot.entrypoints.rest.routes.parameters import Cursor, Limit
from chariot.errors import DeniedError, InvalidError, NotFoundError, UnavailableError
from chariot.model.keys import SYSTEM, Organisation
from chariot.modules.audit.entries import Ending
from chariot.modules.audit.export import MEDIA_TYPES
from chariot.modules.audit.ports import Question
from chariot.modules.audit.seals import Checkpoint, Signed, opened
from chariot.modules.audit.service import AuditRecord, AuditService
from chariot.modules.audit.verification import Fault

OPERATIONS = Operations("Audit")
_CURSOR = re.compile(r"[1-9][0-9]{0,17}")
Installation = Annotated[
    bool,
    Meta(description="The log of the installation itself (sign-ins); for those who may do everything alone"),
]


class AuditParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which entries are asked for."""

    actor: Annotated[str, Meta(max_length=200, description="Who did it")] = ""
    action: Annotated[
        str, Meta(max_length=200, description="Whole, or its beginning with `*`", examples=["risks:*"])
    ] = ""
    object: Annotated[str, Meta(max_length=500, description="Key or path of what it was done to")] = ""
    address: Annotated[str, Meta(max_length=64, description="Where the request came from")] = ""
    request_id: Annotated[str, Meta(max_length=64, description="One request")] = ""
    ending: Annotated[Literal["", "allowed", "refused", "failed"], Meta(description="How it ended")] = ""
    since: Annotated[str, Meta(max_length=64, description="At this instant or later (ISO 8601)")] = ""
    until: Annotated[str, Meta(max_length=64, description="Before this instant (ISO 8601)")] = ""
    limit: Limit = 100
    cursor: Cursor = ""
    installation: Installation = False


class AuditItem(msgspec.Struct, frozen=True):
    """One entry: what somebody did or tried."""

    sequence: int
    at: datetime
    actor: str
    action: str
    object: str
    ending: str
    address: str
    request_id: str
    before: str
    after: str
    details: Mapping[str, str]
    hash: str


class VerificationParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which log."""

    installation: Installation = False


class AuditVerification(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the log holds; `faults` names the first entry of each thing that is wrong."""

    holds: bool
    entries: int
    first: int
    last: int
    checkpoints: int
    last_checkpoint_at: datetime | None
    faults: list[Fault]


class KnownBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was kept elsewhere."""

    against: Annotated[
        list[Signed], Meta(min_length=1, max_length=100, description="Checkpoints of this log")
    ]


class SigningKey(msgspec.Struct, frozen=True):
    """The key whose public part verifies exports elsewhere."""

    key: str


class SignedCheckpoint(msgspec.Struct, frozen=True):
    """How far the log is, signed: keep it where nobody who can write the database can write."""

    body: str
    key: str
    signature: str


def audit(call: Call) -> AuditService:
    """Return the audit log.

    Raises:
        UnavailableError: this server has none.
    """
    found = call.services.audit
    if found is None:
        raise UnavailableError("this server keeps no audit log")
    return found


def _whose(call: Call, *, installation: bool) -> Organisation:
    if not installation:
        return call.caller.organisation
    if not call.caller.roams:
        raise DeniedError("the log of the installation is for those who may do everything in it")
    return SYSTEM


@OPERATIONS.add("GET", "/api/v1/audit", "audit:read", data=AuditItem, paged=True, parameters=AuditParameters)
async def list_audit(call: Call) -> Answer:
    """List entries of the audit log, the newest first.

    Reads of the same thing by the same caller within a moment are one entry, whose `details.count` says how many.
    """
    asked: AuditParameters = call.parameters
    if asked.cursor and _CURSOR.fullmatch(asked.cursor) is None:
        raise InvalidError("is no cursor of this list", place="cursor")
    now = call.services.now()
    question = Question(
        actor=asked.actor,
        action=asked.action,
        object=asked.object,
        address=asked.address,
        request_id=asked.request_id,
        ending=Ending(asked.ending) if asked.ending else None,
        since=instant(asked.since, place="since", now=now) if asked.since else None,
        until=instant(asked.until, place="until", now=now) if asked.until else None,
        before=int(asked.cursor or 0),
        limit=asked.limit,
    )
    found, before = await audit(call).find(_whose(call, installation=asked.installation), question)
    return call.page([_item(one) for one in found], limit=asked.limit, cursor=str(before or ""))


def _item(record: AuditRecord) -> AuditItem:
    return AuditItem(**msgspec.structs.asdict(record))


@OPERATIONS.add(
    "GET",
    "/api/v1/audit/verification",
    "audit:read",
    data=AuditVerification,
    parameters=VerificationParameters,
)
async def verify_audit(call: Call) -> Answer:
    """Read the whole log and tell whether it says what was written."""
    return await _verified(call)


@OPERATIONS.add(
    "POST",
    "/api/v1/audit/verification",
    "audit:read",
    data=AuditVerification,
    parameters=VerificationParameters,
    body=KnownBody,
    example={"against": [{"body": "{}", "key": "5f" * 32, "signature": "c0" * 64}]},
)
async def verify_audit_against(call: Call) -> Answer:
    """Read the whole log and tell whether it also agrees with checkpoints that were kept elsewhere."""
    return await _verified(call, call.body.against)


async def _verified(call: Call, against: Sequence[Signed] = ()) -> Answer:
    whose = _whose(call, installation=call.parameters.installation)
    mine = [one for one in against if opened(one, Checkpoint).organisation == whose]
    found = await audit(call).verify(whose, mine)
    return call.one(
        AuditVerification(
            holds=found.holds,
            entries=found.entries,
            first=found.first,
            last=found.last,
            checkpoints=found.checkpoints,
            last_checkpoint_at=found.last_checkpoint_at,
            faults=list(found.faults),
        )
    )


@OPERATIONS.add("GET", "/api/v1/audit/key", "audit:read", data=SigningKey)
async def read_audit_key(call: Call) -> Answer:
    """Tell the public key that signs the log and exports of the journal, for whoever verifies them elsewhere."""
    return call.one(SigningKey(audit(call).signer.public))


@OPERATIONS.add(
    "POST",
    "/api/v1/audit/checkpoints",
    "audit:write",
    data=SignedCheckpoint,
    status=201,
    parameters=VerificationParameters,
    errors=(NotFoundError,),
)
async def make_audit_checkpoint(call: Call) -> Answer:
    """Set a checkpoint at the end of the log and give it out, to be kept elsewhere."""
    signed = await audit(call).checkpoint(_whose(call, installation=call.parameters.installation))
    return call.one(SignedCheckpoint(signed.body, signed.key, signed.signature), status=201)


@OPERATIONS.add(
    "GET",
    "/api/v1/audit/exports/{format}",
    "audit:export",
    data=str,
    enveloped=False,
    media_type="application/octet-stream",
    other_media_types=tuple(MEDIA_TYPES.values()),
    parameters=VerificationParameters,
    names={"format": "`jsonl` or `csv`"},
)
async def download_audit(call: Call) -> Answer:
    """Download the log with its proof: entries, checkpoints and, last, the signed head."""
    whose = _whose(call, installation=call.parameters.installation)
    written_as = call.names["format"]
    if written_as not in MEDIA_TYPES:
        raise InvalidError(f"is none of {', '.join(MEDIA_TYPES)}", place="format")
    stream = await audit(call).export(whose, "csv" if written_as == "csv" else "jsonl")
    return attachment(f"audit.{written_as}", MEDIA_TYPES[written_as], stream, None)
