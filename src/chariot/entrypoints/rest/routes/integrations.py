"""Integrations with other systems, and the hooks that others send to."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from chariot.entrypoints.rest.caller import PUBLIC
from chariot.entrypoints.rest.operations import Answer, Call, Operations, StreamedBody
from chariot.entrypoints.rest.problems import MediaTypeError, SlowRequestError
from chariot.entrypoints.rest.routes.exchange import exchange
from chariot.entrypoints.rest.shapes import SHAPES, shown
from chariot.errors import (
    BusyError,
    ConflictError,
    DeniedError,
    InvalidError,
    NotFoundError,
    TooLargeError,
    UnavailableError,
)
from chariot.model.keys import Organisation
from chariot.model.kinds.integration import YEAR_MINUTES, Integration
from chariot.model.states import ImportJobState
from chariot.modules.integrations.types import REPORT, SCAN, TYPES

OPERATIONS = Operations("Integrations")
LABEL = {"label": "Name of the integration"}
IntegrationRecord: Any = SHAPES["integration"].type


class IntegrationBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An integration as it shall be."""

    type: Annotated[str, Meta(max_length=40, description="One of `/integrationtypes`")]
    address: Annotated[str, Meta(max_length=2_000, description="Web address of the other system")] = ""
    options: Annotated[dict[str, str], Meta(description="What the type lets one choose")] = {}
    secret: Annotated[
        str, Meta(max_length=4_000, description="Token or key; without it the one that is there stays")
    ] = ""
    every_minutes: Annotated[
        int, Meta(ge=0, le=YEAR_MINUTES, description="Minutes between runs; 0 runs it only when asked")
    ] = 0
    enabled: bool = True


class TypeItem(msgspec.Struct, frozen=True, kw_only=True):
    """A type of integration."""

    type: str
    title: str
    needs_address: bool
    needs_secret: bool
    is_run: bool
    options: list[str]


class TestResult(msgspec.Struct, frozen=True):
    """What the other system said."""

    said: str


class Ordered(msgspec.Struct, frozen=True):
    """A run that was ordered."""

    integration: str


class Received(msgspec.Struct, frozen=True):
    """A file that was taken in."""

    job: str
    state: ImportJobState


class HookParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the file is called."""

    file: Annotated[str, Meta(max_length=1_000, description="Name of the file")] = ""


@OPERATIONS.add("GET", "/api/v1/integrationtypes", "integrations:read", data=list[TypeItem])
async def list_integration_types(call: Call) -> Answer:
    """List the types of integrations with their options."""
    return call.one(
        [
            TypeItem(
                type=one.name,
                title=one.title,
                needs_address=one.address,
                needs_secret=one.secret,
                is_run=one.runs,
                options=list(one.choices.__struct_fields__),
            )
            for one in TYPES.values()
        ]
    )


@OPERATIONS.add(
    "PUT",
    "/api/v1/integrations/{label}",
    "integrations:write",
    data=IntegrationRecord,
    body=IntegrationBody,
    names=LABEL,
    example={
        "type": "jira",
        "address": "https://example.atlassian.net",
        "options": {"project": "SEC", "filter": "score>=80"},
        "secret": "ann@example.com:api-token",
        "every_minutes": 15,
    },
)
async def set_integration(call: Call) -> Answer:
    """Set an integration, whole but for its secret."""
    body: IntegrationBody = call.body
    try:
        integration = Integration(label=call.names["label"], **msgspec.structs.asdict(body))
    except ValueError as error:
        field, _, text = str(error).partition(": ")
        raise InvalidError(text, place=field) from None
    _check_may(call, body.type)
    record = await exchange(call).integrations.put(
        call.caller.organisation, integration, actor=call.caller.user
    )
    return call.one(shown(record))


@OPERATIONS.add(
    "GET",
    "/api/v1/integrations/{label}",
    "integrations:read",
    data=IntegrationRecord,
    names=LABEL,
    errors=(NotFoundError,),
)
async def read_integration(call: Call) -> Answer:
    """Show an integration, and what became of its last run."""
    record, _ = await exchange(call).integrations.get(call.caller.organisation, call.names["label"])
    return call.one(shown(record))


@OPERATIONS.add(
    "DELETE",
    "/api/v1/integrations/{label}",
    "integrations:write",
    data=IntegrationRecord,
    names=LABEL,
    errors=(NotFoundError,),
)
async def end_integration(call: Call) -> Answer:
    """Take an integration out of force, and forget its secret; history keeps the rest."""
    integrations = exchange(call).integrations
    record, _ = await integrations.get(call.caller.organisation, call.names["label"])
    await integrations.end(call.caller.organisation, call.names["label"], actor=call.caller.user)
    records = await call.services.store.get(call.caller.organisation, [record.key])
    return call.one(shown(records[record.key]))


@OPERATIONS.add(
    "POST",
    "/api/v1/integrations/{label}/test",
    "integrations:write",
    data=TestResult,
    names=LABEL,
    errors=(NotFoundError, UnavailableError),
)
async def test_integration(call: Call) -> Answer:
    """Ask the other system whether it knows us; change nothing."""
    said = await exchange(call).integrations.test(call.caller.organisation, call.names["label"])
    return call.one(TestResult(said))


@OPERATIONS.add(
    "POST",
    "/api/v1/integrations/{label}/run",
    "integrations:write",
    data=Ordered,
    status=202,
    names=LABEL,
    errors=(NotFoundError, ConflictError, BusyError),
)
async def run_integration(call: Call) -> Answer:
    """Have an integration run by a worker; its record then tells what came of it."""
    label = call.names["label"]
    await exchange(call).integrations.order(call.caller.organisation, label)
    return call.one(Ordered(label), status=202, headers={"location": f"/api/v1/integrations/{label}"})


@OPERATIONS.add(
    "POST",
    "/api/v1/hooks/{organisation}/{label}",
    PUBLIC,
    data=Received,
    status=202,
    body=StreamedBody(),
    parameters=HookParameters,
    names={"organisation": "Whose hook it is", **LABEL},
    errors=(DeniedError, BusyError, TooLargeError, MediaTypeError, SlowRequestError),
    headers={
        "chariot-timestamp": "When it is sent, in seconds since 1970",
        "chariot-signature": "`v1=` and the HMAC-SHA256, in hexadecimal, of timestamp, a dot, and the body",
    },
)
async def receive_hook(call: Call) -> Answer:
    """Take in a file that another system sends, and import it.

    The signature stands for a token. It holds for five minutes, and the same one again does nothing twice.
    """
    asked: HookParameters = call.parameters
    job = await exchange(call).hooks.accept(
        Organisation(call.names["organisation"]),
        call.names["label"],
        call.body,
        timestamp=call.headers.get("chariot-timestamp", ""),
        signature=call.headers.get("chariot-signature", ""),
        file=asked.file,
    )
    return call.one(Received(job.id, job.state), status=202)


def _check_may(call: Call, type_name: str) -> None:
    """Refuse to let the clock do for somebody what they may not do themselves."""
    caller = call.caller
    if type_name == SCAN and not caller.may("scans:write"):
        raise DeniedError("scans:write is needed to have scans ordered by the clock")
    # The clock sees everything; whoever sees a part would be given the rest.
    if type_name == REPORT and (not caller.may("exports:read") or caller.sight("exports:read") is not None):
        raise DeniedError("exports:read of everything is needed to have reports written by the clock")
