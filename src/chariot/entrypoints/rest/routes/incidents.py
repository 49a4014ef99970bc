"""Incidents: what the audit log gives reason to look into, and what becomes of it."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.entrypoints.rest.requests import instant
from chariot.entrypoints.rest.routes.entities import present
from chariot.entrypoints.rest.routes.parameters import Why
from chariot.entrypoints.rest.shapes import SHAPES, shown
from chariot.errors import ConflictError, NotFoundError, UnavailableError
from chariot.model.kinds.incident import Incident, IncidentState
from chariot.modules.detection import report
from chariot.modules.detection.incidents import Incidents, Moment
from chariot.modules.detection.regimes import Deadline

OPERATIONS = Operations("Incidents")
IncidentRecord: Any = SHAPES["incident"].type
_ID = {"id": "Id of the incident: the last part of its key"}


class MoveBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the handling goes."""

    state: Annotated[
        Literal["open", "contained", "resolved", "dismissed"], Meta(description="The state that it comes to")
    ]
    why: Why = ""


class RegimesBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """By which rules somebody has to be told."""

    regimes: Annotated[
        list[Annotated[str, Meta(max_length=40)]],
        Meta(max_length=20, description="Such as gdpr, nis2, dora, nydfs, sec or hipaa"),
    ]
    aware_at: Annotated[
        str, Meta(max_length=64, description="Since when it is known (ISO 8601); now unless it is said")
    ] = ""


class IncidentDossier(msgspec.Struct, frozen=True, kw_only=True):
    """What happened when, and who has to be told by when."""

    id: str
    deadlines: list[Deadline]
    timeline: list[Moment]
    missing: int
    """How many entries of the audit log retention has taken away since."""
    read_at: datetime


def incidents(call: Call) -> Incidents:
    """Return the incidents.

    Raises:
        UnavailableError: this server has none.
    """
    found = call.services.incidents
    if found is None:
        raise UnavailableError("this server looks for no incidents")
    return found


async def _answer(call: Call, incident: Incident) -> Answer:
    return call.one(shown(await present(call, incident.key)))


@OPERATIONS.add(
    "GET",
    "/api/v1/incidents/{id}/dossier",
    "incidents:read",
    data=IncidentDossier,
    names=_ID,
    errors=(NotFoundError,),
)
async def read_incident_dossier(call: Call) -> Answer:
    """Read the timeline of an incident and its deadlines."""
    found = await incidents(call).dossier(call.caller.organisation, call.names["id"])
    return call.one(
        IncidentDossier(
            id=found.incident.id,
            deadlines=list(found.deadlines),
            timeline=list(found.timeline),
            missing=found.missing,
            read_at=call.services.now(),
        )
    )


@OPERATIONS.add(
    "GET",
    "/api/v1/incidents/{id}/report",
    "incidents:read",
    data=str,
    enveloped=False,
    media_type="text/markdown",
    names=_ID,
    errors=(NotFoundError,),
)
async def read_incident_report(call: Call) -> Answer:
    """Read the report of an incident, with what is still to be filled in."""
    found = await incidents(call).dossier(call.caller.organisation, call.names["id"])
    text = report.markdown(found, call.services.now())
    return Answer(body=text.encode(), media_type="text/markdown; charset=utf-8")


@OPERATIONS.add(
    "GET",
    "/api/v1/incidents/{id}/report/html",
    "incidents:read",
    data=str,
    enveloped=False,
    media_type="text/html",
    names=_ID,
    errors=(NotFoundError,),
)
async def read_incident_page(call: Call) -> Answer:
    """Download the same report as one HTML page that loads and runs nothing."""
    found = await incidents(call).dossier(call.caller.organisation, call.names["id"])
    return Answer(
        body=report.page(found, call.services.now()).encode(),
        media_type="text/html; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{found.incident.id}.html"'},
    )


@OPERATIONS.add(
    "POST",
    "/api/v1/incidents/{id}/state",
    "incidents:write",
    data=IncidentRecord,
    names=_ID,
    body=MoveBody,
    errors=(NotFoundError, ConflictError),
    repeatable=True,
    example={"state": "contained", "why": "the key was taken back"},
)
async def move_incident(call: Call) -> Answer:
    """Say where the handling of an incident stands; to close it takes a reason."""
    body: MoveBody = call.body
    moved = await incidents(call).move(
        call.caller.organisation,
        call.names["id"],
        IncidentState(body.state),
        why=body.why,
        actor=call.caller.user,
    )
    return await _answer(call, moved)


@OPERATIONS.add(
    "PUT",
    "/api/v1/incidents/{id}/regimes",
    "incidents:write",
    data=IncidentRecord,
    names=_ID,
    body=RegimesBody,
    errors=(NotFoundError, ConflictError),
    repeatable=True,
    example={"regimes": ["gdpr"]},
)
async def put_incident_regimes(call: Call) -> Answer:
    """Say by which rules somebody has to be told of an incident; its deadlines follow from them."""
    body: RegimesBody = call.body
    now = call.services.now()
    changed = await incidents(call).apply_regimes(
        call.caller.organisation,
        call.names["id"],
        body.regimes,
        aware_at=instant(body.aware_at, place="aware_at", now=now) if body.aware_at else None,
        actor=call.caller.user,
    )
    return await _answer(call, changed)


@OPERATIONS.add(
    "POST",
    "/api/v1/incidents/{id}/duties/{duty}",
    "incidents:write",
    data=IncidentRecord,
    names=_ID | {"duty": "Name of a duty in the dossier, such as gdpr-authority"},
    errors=(NotFoundError, ConflictError),
    repeatable=True,
)
async def finish_incident_duty(call: Call) -> Answer:
    """Say that somebody who had to be told of an incident was told now."""
    changed = await incidents(call).done(
        call.caller.organisation, call.names["id"], call.names["duty"], actor=call.caller.user
    )
    return await _answer(call, changed)
