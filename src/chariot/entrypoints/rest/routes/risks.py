"""Risks: why each has its score, and its life."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.entrypoints.rest.problems import PreconditionError
from chariot.entrypoints.rest.requests import instant, revision_of
from chariot.entrypoints.rest.routes.entities import AnyRecord, etag
from chariot.entrypoints.rest.routes.parameters import key_in
from chariot.entrypoints.rest.shapes import SHAPES, shown
from chariot.errors import ConflictError, InvalidError, NotFoundError
from chariot.model.keys import Key, kind_of
from chariot.model.kinds.weakness import Factor
from chariot.model.states import Decision, RiskState
from chariot.modules.risk.service import Remedy

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
    """The one that lowers most first."""
    risk: RiskRecord
    target: AnyRecord | None
    vulnerability: dict[str, Any] | None


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
    errors=(NotFoundError,),
)
async def explain_risk(call: Call) -> Answer:
    """Explain the score of a risk: each factor, what was known, and what it added."""
    explained = await call.services.risks.explain(call.caller.organisation, _risk_key(call))
    return call.one(
        ExplanationItem(
            score=explained.score,
            decision=explained.decision,
            formula=explained.formula,
            factors=explained.factors,
            remedies=explained.remedies,
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
)
async def transition_risk(call: Call) -> Answer:
    """Move a risk to another state.

    Who, when, from where and why stays in its history.
    """
    body: TransitionBody = call.body
    key = _risk_key(call)
    revision = revision_of(call.headers.get("if-match", ""))
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
