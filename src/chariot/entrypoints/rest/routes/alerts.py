"""Alert rules: when to tell whom, and what became of what was told."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.entrypoints.rest.routes.entities import present
from chariot.entrypoints.rest.routes.parameters import Cursor, Limit
from chariot.entrypoints.rest.shapes import SHAPES, shown
from chariot.errors import InvalidError, NotFoundError, UnavailableError
from chariot.model.kinds.work import AlertRule
from chariot.model.refusals import refused_entity

OPERATIONS = Operations("Alerts")
RuleRecord: Any = SHAPES["alertrule"].type
JobRecord: Any = SHAPES["job"].type
_LABEL = {"label": "Name of the rule"}


class RuleBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule, whole: what is left out falls back to its default."""

    channel: Annotated[
        str, Meta(min_length=1, max_length=4_000, description="Webhook or service address; never shown again")
    ]
    signing_key: Annotated[
        str, Meta(max_length=1_000, description="Signs the bodies of a webhook; never shown again")
    ] = ""
    minimum_score: Annotated[int, Meta(ge=0, le=100, description="Tell of risks with this score or more")] = (
        70
    )
    known_exploited_only: Annotated[bool, Meta(description="Tell only of known exploited ones")] = False
    overdue_only: Annotated[bool, Meta(description="Tell only of those whose due date has passed")] = False
    enabled: Annotated[bool, Meta(description="Whether it is in force")] = True


class DeliveryParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which deliveries."""

    limit: Limit = 100
    cursor: Cursor = ""


class Tried(msgspec.Struct, frozen=True):
    """What became of a trial."""

    delivered: bool
    reason: str
    """Why it was not; empty when it was."""


@OPERATIONS.add(
    "PUT",
    "/api/v1/alertrules/{label}",
    "alerts:write",
    data=RuleRecord,
    names=_LABEL,
    body=RuleBody,
    repeatable=True,
    example={"channel": "https://hooks.example.com/chariot", "minimum_score": 80},
)
async def put_rule(call: Call) -> Answer:
    """Set an alert rule."""
    body: RuleBody = call.body
    try:
        rule = AlertRule(label=call.names["label"], **msgspec.structs.asdict(body))
    except ValueError as error:
        raise refused_entity(error) from None
    await call.services.alerts.put(call.caller.organisation, rule, actor=call.caller.user)
    return call.one(shown(await present(call, rule.key)))


@OPERATIONS.add(
    "DELETE",
    "/api/v1/alertrules/{label}",
    "alerts:write",
    data=RuleRecord,
    names=_LABEL,
    errors=(NotFoundError,),
    repeatable=True,
)
async def end_rule(call: Call) -> Answer:
    """Take an alert rule out of force; history keeps it."""
    label = call.names["label"]
    await call.services.alerts.end(call.caller.organisation, label, actor=call.caller.user)
    return call.one(shown(await present(call, AlertRule(label=label).key)))


@OPERATIONS.add(
    "POST",
    "/api/v1/alertrules/{label}/trial",
    "alerts:write",
    data=Tried,
    names=_LABEL,
    errors=(NotFoundError,),
    repeatable=True,
)
async def try_rule(call: Call) -> Answer:
    """Send a made-up alert to the channel of a rule, and tell whether it arrived."""
    try:
        await call.services.alerts.try_out(call.caller.organisation, call.names["label"])
    except (InvalidError, UnavailableError) as error:
        if isinstance(error, InvalidError) and error.place == "label":
            raise
        return call.one(Tried(delivered=False, reason=str(error)[:500]))
    return call.one(Tried(delivered=True, reason=""))


@OPERATIONS.add(
    "GET",
    "/api/v1/alertrules/{label}/deliveries",
    "alerts:read",
    data=JobRecord,
    paged=True,
    parameters=DeliveryParameters,
    names=_LABEL,
    errors=(NotFoundError,),
)
async def list_deliveries(call: Call) -> Answer:
    """List what became of a rule's alerts, one for each risk, the newest first."""
    asked: DeliveryParameters = call.parameters
    page = await call.services.alerts.deliveries(
        call.caller.organisation, call.names["label"], limit=asked.limit, cursor=asked.cursor
    )
    return call.page([shown(one) for one in page.items], limit=asked.limit, cursor=page.cursor)
