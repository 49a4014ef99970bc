"""Risks: why each has its score, and its life."""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.entrypoints.rest.problems import PreconditionError, problem_type
from chariot.entrypoints.rest.requests import instant, revision_of
from chariot.entrypoints.rest.routes.changing import edited
from chariot.entrypoints.rest.routes.entities import AnyRecord, etag
from chariot.entrypoints.rest.routes.parameters import IF_MATCH, FilterText, Limit, Why, key_in
from chariot.entrypoints.rest.shapes import SHAPES, shown
from chariot.errors import ConflictError, InvalidError, NotFoundError
from chariot.model.keys import Key, kind_of
from chariot.model.kinds.weakness import Factor
from chariot.model.observations import Edit
from chariot.model.states import Decision, RiskState
from chariot.modules.risk.comparing import Comparison
from chariot.modules.risk.groups import Grouping, RiskGroups
from chariot.modules.risk.remedies import Remedy
from chariot.modules.surface.filters import parse_filter

OPERATIONS = Operations("Risks")
RiskRecord: Any = SHAPES["risk"].type
_KEY = {"key": "Key of a risk, percent-encoded"}
_Instant = Annotated[str, Meta(max_length=64, description="An instant, ISO 8601")]


class TransitionBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person decided about a risk."""

    state: Annotated[RiskState, Meta(description="The state that it moves to")]
    reason: Annotated[str, Meta(max_length=2_000, description="Why; needed to accept or reject")] = ""
    until: Annotated[_Instant | None, Meta(description="When acceptance ends")] = None
    owner: Annotated[
        Annotated[str, Meta(max_length=200)] | None, Meta(description="Who mends it; null leaves it")
    ] = None
    due_at: Annotated[_Instant | None, Meta(description="When it must be mended; null leaves it")] = None


class ExplanationItem(msgspec.Struct, frozen=True, kw_only=True):
    """Why a risk has its score, and what would lower it."""

    score: int
    """By the formula now."""
    decision: Decision
    formula: str
    factors: tuple[Factor, ...]
    """The one that adds most first."""
    remedies: tuple[Remedy, ...]
    """The cheapest first."""
    since: Comparison | None
    """What changed since the moment that was asked for."""
    risk: RiskRecord
    target: AnyRecord | None
    vulnerability: dict[str, Any] | None


class SinceParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the score is compared with."""

    since: Annotated[
        str,
        Meta(
            max_length=64,
            description="Tell what changed since this instant (ISO 8601; UTC unless it says otherwise), and why",
        ),
    ] = ""


class GroupParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which risks are gathered."""

    filter: FilterText = ""
    by: Annotated[Grouping, Meta(description="What the risks of a group have in common")] = Grouping.WEAKNESS
    limit: Limit = 100


@OPERATIONS.add(
    "GET", "/api/v1/risks/groups", "entities:read", data=RiskGroups, parameters=GroupParameters, sighted=True
)
async def group_risks(call: Call) -> Answer:
    """Gather the unresolved risks by weakness or by target: how many there are, how bad, how many are overdue.

    Every risk is counted; `left_out` says how many groups are behind the limit.
    """
    asked: GroupParameters = call.parameters
    where = parse_filter(asked.filter, ("risk",))
    return call.one(
        await call.services.risks.groups(call.caller.organisation, asked.limit, where=where, by=asked.by)
    )


def _risk_key(call: Call) -> Key:
    key = key_in(call.names)
    if kind_of(key) != "risk":
        raise InvalidError("is not the key of a risk", place="key")
    return key


@OPERATIONS.add(
    "GET",
    "/api/v1/risks/{key}/explanation",
    "entities:read",
    data=ExplanationItem,
    names=_KEY,
    parameters=SinceParameters,
    errors=(NotFoundError,),
    sighted=True,
)
async def explain_risk(call: Call) -> Answer:
    """Explain the score of a risk: each factor, what was known, and what it added; and what changed since when."""
    asked: SinceParameters = call.parameters
    since = instant(asked.since, place="since") if asked.since else None
    explained = await call.services.risks.explain(call.caller.organisation, _risk_key(call), since=since)
    return call.one(
        ExplanationItem(
            score=explained.score,
            decision=explained.decision,
            formula=explained.formula,
            factors=explained.factors,
            remedies=explained.remedies,
            since=explained.since,
            risk=shown(explained.record),
            target=shown(explained.target) if explained.target else None,
            vulnerability=SHAPES["vulnerability"].facts(explained.vulnerability)
            if explained.vulnerability
            else None,
        )
    )


@OPERATIONS.add(
    "POST",
    "/api/v1/risks/{key}/transition",
    "risks:write",
    data=RiskRecord,
    names=_KEY,
    body=TransitionBody,
    errors=(NotFoundError, ConflictError, PreconditionError),
    headers={"if-match": "The ETag that was read; refuse when the risk changed since"},
    repeatable=True,
    example={"state": "accepted", "reason": "behind the VPN", "until": "2026-12-31T00:00:00Z"},
    sighted=True,
)
async def transition_risk(call: Call) -> Answer:
    """Move a risk to another state.

    Who, when, from where and why stays in its history.
    """
    body: TransitionBody = call.body
    key = _risk_key(call)
    revision = revision_of(call.headers)
    try:
        record = await call.services.risks.transition(
            call.caller.organisation,
            key,
            body.state,
            call.caller.user,
            body.reason,
            until=instant(body.until, place="until") if body.until else None,
            owner=body.owner,
            due_at=instant(body.due_at, place="due_at") if body.due_at else None,
            if_revision=revision,
        )
    except InvalidError as error:
        place = "reason" if error.place == "why" else error.place
        raise InvalidError(error.message, place=place) from None
    except ConflictError as error:
        raise await _precondition(call, key, revision, error) from None
    answer = shown(record)
    return call.one(answer, headers={"etag": etag(record, answer)})


async def _precondition(call: Call, key: Key, revision: int | None, error: ConflictError) -> ConflictError:
    """Tell a move that the state forbids (409) from one that came too late (412)."""
    found = await call.services.store.get(call.caller.organisation, [key])
    if revision is not None and key in found and found[key].revision != revision:
        return PreconditionError(str(error))
    return error


class RiskBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who mends a risk and until when; what is left out stays as it is."""

    owner: Annotated[
        Annotated[str, Meta(max_length=200)] | UnsetType, Meta(description="Who mends it; empty is nobody")
    ] = UNSET
    due_at: Annotated[_Instant | UnsetType | None, Meta(description="When it must be mended")] = UNSET
    why: Why = ""


@OPERATIONS.add(
    "PATCH",
    "/api/v1/risks/{key}",
    "risks:write",
    data=RiskRecord,
    names=_KEY,
    body=RiskBody,
    errors=(NotFoundError, ConflictError, PreconditionError),
    headers=IF_MATCH,
    repeatable=True,
    example={"owner": "ann", "due_at": "2026-12-31T00:00:00Z"},
    sighted=True,
)
async def assign_risk(call: Call) -> Answer:
    """Say who mends a risk, and until when."""
    body: RiskBody = call.body
    fields: dict[str, Any] = {}
    if not isinstance(body.owner, UnsetType):
        fields["owner"] = body.owner
    if not isinstance(body.due_at, UnsetType):
        due_at = instant(body.due_at, place="due_at") if body.due_at is not None else None
        fields["due_at"] = due_at.isoformat() if due_at else None
    if not fields:
        raise InvalidError("changes nothing; give `owner` or `due_at`", place="body")
    edit = Edit(actor=call.caller.user, why=body.why, key=_risk_key(call), fields=fields)
    return await edited(call, edit)


class BulkBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person decided about many risks at once."""

    keys: Annotated[
        list[Annotated[str, Meta(max_length=16_384)]],
        Meta(min_length=1, max_length=500, description="Keys of risks"),
    ]
    state: Annotated[RiskState, Meta(description="The state that they move to")]
    reason: Annotated[str, Meta(max_length=2_000, description="Why; needed to accept or reject")] = ""
    until: Annotated[_Instant | None, Meta(description="When acceptance ends")] = None
    owner: Annotated[
        Annotated[str, Meta(max_length=200)] | None, Meta(description="Who mends them; null leaves it")
    ] = None
    due_at: Annotated[_Instant | None, Meta(description="When they must be mended; null leaves it")] = None


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one risk."""

    key: str
    done: bool
    problem: str = ""
    """The problem's type; empty when it was done."""
    detail: str = ""


@OPERATIONS.add(
    "POST",
    "/api/v1/risks/bulk",
    "risks:write",
    data=list[Moved],
    body=BulkBody,
    repeatable=True,
    example={"keys": ["#risk#domain#www.example.com#CVE-2023-12345"], "state": "open"},
    sighted=True,
)
async def move_risks(call: Call) -> Answer:
    """Move up to 500 risks to another state, each by itself: one that cannot be moved hinders no other."""
    body: BulkBody = call.body
    until = instant(body.until, place="until") if body.until else None
    due_at = instant(body.due_at, place="due_at") if body.due_at else None
    moved = []
    for number, key in enumerate(dict.fromkeys(body.keys)):
        if kind_of(key) != "risk":
            raise InvalidError("is not the key of a risk", place=f"keys[{number}]")
    for key in dict.fromkeys(body.keys):
        try:
            await call.services.risks.transition(
                call.caller.organisation,
                Key(key),
                body.state,
                call.caller.user,
                body.reason,
                until=until,
                owner=body.owner,
                due_at=due_at,
            )
        except (NotFoundError, ConflictError) as error:
            moved.append(
                Moved(key=key, done=False, problem=problem_type(type(error)).type, detail=str(error))
            )
        except InvalidError as error:
            raise InvalidError(
                error.message, place="reason" if error.place == "why" else error.place
            ) from None
        else:
            moved.append(Moved(key=key, done=True))
    return call.one(moved)
