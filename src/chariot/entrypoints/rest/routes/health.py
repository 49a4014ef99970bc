"""Health and metrics, for whatever watches the process."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import msgspec

from chariot.entrypoints.rest import metrics
from chariot.entrypoints.rest.caller import PUBLIC
from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.errors import ChariotError
from chariot.modules.caching.breaker import BreakerState, Circuit

OPERATIONS = Operations("Health")
_TIMEOUT_S = 2.0
_encode = msgspec.json.Encoder().encode


class Live(msgspec.Struct, frozen=True):
    """The process answers."""

    status: str = "live"


class Part(msgspec.Struct, frozen=True):
    """One part that must be ready."""

    name: str
    ready: bool
    reason: str
    needed: bool = True
    """False for what is done without while it is away: reads go on."""


class Ready(msgspec.Struct, frozen=True):
    """Whether the server can do its work, and if not, why."""

    status: str
    """`ready`, `degraded` (something is away that is done without) or `not ready`."""
    parts: tuple[Part, ...]


@OPERATIONS.add("GET", "/health/live", PUBLIC, data=Live, enveloped=False, quick=True)
async def read_live(_call: Call) -> Answer:
    """Tell that the process answers."""
    return Answer(body=_encode(Live()))


@OPERATIONS.add("GET", "/health/ready", PUBLIC, data=Ready, enveloped=False, quick=True)
async def read_ready(call: Call) -> Answer:
    """Tell whether the server can do its work: 200 when it can, 503 with the reasons when it cannot."""
    services = call.services
    parts = await asyncio.gather(
        _part("store", _store_answers(services.store.last_sequence())),
        *(_part(name, check()) for name, check in services.checks.items()),
        *(_part(name, check(), needed=False) for name, check in services.lesser_checks.items()),
    )
    states = [read() for read in services.breakers]
    breakers = [
        Part(state.name, state.circuit is Circuit.CLOSED, _told(state), needed=False) for state in states
    ]
    ready = all(part.ready or not part.needed for part in parts)
    # That a place outside is away, such as somebody's webhook, takes nothing from what is served here.
    whole = all(part.ready for part in parts) and all(
        state.circuit is Circuit.CLOSED or state.outside for state in states
    )
    word = "not ready" if not ready else "ready" if whole else "degraded"
    body = _encode(Ready(word, (*parts, *breakers)))
    return Answer(body=body, status=200 if ready else 503, headers={} if ready else {"retry-after": "5"})


def _told(state: BreakerState) -> str:
    """Return how a breaker stands. What failed is told by the log: whoever may ask here is not known."""
    about = f": {state.failures:,} places fail" if state.failures and state.outside else ""
    return f"circuit {state.circuit.value}{about}"


async def _store_answers(read: Awaitable[Any]) -> str:
    await read
    return ""


async def _part(name: str, check: Awaitable[str], *, needed: bool = True) -> Part:
    """Return the state of one part. Whoever may ask is not known, so errors are told by their class alone."""
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            reason = await check
    except TimeoutError:
        reason = f"does not answer within {_TIMEOUT_S:g} s"
    except ChariotError as error:
        reason = type(error).__name__.removesuffix("Error").lower()
    return Part(name, not reason, reason, needed)


@OPERATIONS.add("GET", "/metrics", "metrics:read", data=str, enveloped=False, media_type=metrics.MEDIA_TYPE)
async def read_metrics(call: Call) -> Answer:
    """Give metrics in Prometheus's text format, the surface's as the caller's organisation sees it."""
    services = call.services
    body = await services.metrics.text(call.caller.organisation, services.store, services.queues)
    return Answer(body=body, media_type=metrics.MEDIA_TYPE)
