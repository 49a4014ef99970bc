"""Candidates: what may be ours, the reasons to think so, and what people decide. Listed like every kind."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.entrypoints.rest.shapes import SHAPES, shown
from chariot.errors import ConflictError, InvalidError, NotFoundError
from chariot.model.keys import Key, kind_of
from chariot.model.states import Standing
from chariot.modules.discovery.inventory import InventoryService, LastSeen
from chariot.modules.discovery.ownership import OwnershipService

OPERATIONS = Operations("Candidates")
CandidateRecord: Any = SHAPES["candidate"].type
_KEY = {"key": "Key of the candidate, percent-encoded: `%23candidate%23domain%23example.net`"}


class DecisionBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is decided of a candidate, and why."""

    standing: Annotated[
        Literal["approved", "monitor-only", "dependency", "excluded", "candidate"],
        Meta(
            description="`approved` makes a seed of it, `monitor-only` one that nothing is sent to, `excluded` denies"
            " it for good, `dependency` remembers whose it is, `candidate` opens the question again"
        ),
    ]
    reason: Annotated[
        str, Meta(max_length=2_000, description="Why; needed for `excluded` and `dependency`, and remembered")
    ] = ""


@OPERATIONS.add(
    "POST",
    "/api/v1/candidates/{key}/decision",
    "seeds:write",
    data=CandidateRecord,
    names=_KEY,
    body=DecisionBody,
    errors=(NotFoundError, ConflictError),
    repeatable=True,
    example={"standing": "approved", "reason": "bought in 2024"},
)
async def decide_candidate(call: Call) -> Answer:
    """Decide whose a candidate is.

    A person's decision stays, whatever is seen later; who, when and why stand in the history.
    """
    body: DecisionBody = call.body
    key = call.names["key"]
    if kind_of(key) != "candidate":
        raise InvalidError("is not the key of a candidate", place="key")
    ownership = OwnershipService(call.services.surface, now=call.services.now)
    record = await ownership.decide(
        call.caller.organisation, Key(key), Standing(body.standing), actor=call.caller.user, why=body.reason
    )
    return call.one(shown(record))


class InventoryState(msgspec.Struct, frozen=True):
    """Whose something is and why, and when it was last seen."""

    key: str
    standing: Standing
    why: str
    last_seen: LastSeen
    visited: datetime
    expires: datetime | None


@OPERATIONS.add(
    "GET",
    "/api/v1/inventory/{key}",
    "entities:read",
    data=InventoryState,
    names={"key": "Key of an entity, percent-encoded: `%23domain%23www.example.com`"},
    errors=(NotFoundError,),
)
async def get_inventory_state(call: Call) -> Answer:
    """Tell whose an entity is and why, and whether it is still seen."""
    inventory = InventoryService(call.services.store, now=call.services.now)
    found = await inventory.of(call.caller.organisation, Key(call.names["key"]))
    return call.one(InventoryState(**msgspec.structs.asdict(found)))
