"""Batches of sightings: how scanners, importers and agents outside this process say what they saw."""

from chariot.entrypoints.rest.operations import Answer, Call, Operations, RawJson
from chariot.errors import BusyError
from chariot.model.observations import Observations
from chariot.modules.surface.states import Applied

OPERATIONS = Operations("Observations")


@OPERATIONS.add(
    "POST",
    "/api/v1/observations",
    "observations:write",
    data=Applied,
    body=RawJson(Observations),
    errors=(BusyError,),
    example={
        "capability": "my-scanner",
        "seen_at": "2026-01-31T12:00:00Z",
        "entities": [
            {"kind": "domain", "host": "shop.example.com"},
            {"kind": "address", "ip": "192.0.2.7"},
        ],
        "relationships": [
            {
                "type": "RESOLVES_TO",
                "source": "#domain#shop.example.com",
                "target": "#address#192.0.2.7",
            }
        ],
    },
    repeatable=True,
    sighted=True,
    one_write=True,
)
async def write_observations(call: Call) -> Answer:
    """Write what was seen.

    The batch lands in one transaction; an item that is wrong is refused alone and listed in `refused`, and so is one of
    a kind that is not seen but decided, such as a seed or a member. Sending the same batch again changes nothing.
    """
    return call.one(await call.services.surface.observe_json(call.caller.organisation, call.body))


@OPERATIONS.add("POST", "/api/v1/expiry", "entities:write", data=Applied, repeatable=True)
async def expire_entities(call: Call) -> Answer:
    """Let what nobody confirmed in its time turn stale, and then leave the surface. The clock does so by itself."""
    return call.one(await call.services.surface.expire(call.caller.organisation))
