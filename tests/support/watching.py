"""A server that is watched, and clients that watch it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from chariot.bootstrap import open_application
from chariot.entrypoints.live.hub import Hub
from chariot.entrypoints.rest.caller import EVERYTHING, Caller
from chariot.entrypoints.rest.server import running
from chariot.entrypoints.rest.services import RestServices
from chariot.entrypoints.rest.wiring import rest_services
from chariot.model.base import Entity
from chariot.model.keys import Organisation
from chariot.model.kinds.network import Domain
from chariot.model.observations import Observations
from chariot.settings import Settings
from support.ports import free_port

OURS, THEIRS = Organisation("ours"), Organisation("theirs")
LIVE = "/api/v1/changes/live"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Tokens:
    """Knows *ours* and `theirs` by their names; `reader-…` of ours may do what comes behind it."""

    def __init__(self, ours: Organisation = OURS) -> None:
        self.revoked: set[str] = set()
        self._ours = ours

    async def verify(self, token: str) -> Caller | None:
        if token in self.revoked:
            return None
        if token.startswith("reader-"):
            rights = frozenset({token.removeprefix("reader-")})
            return Caller(user="reader", organisation=self._ours, permissions=rights, method="key")
        if token not in (self._ours, THEIRS):
            return None
        return Caller(
            user="ann", organisation=Organisation(token), permissions=frozenset({EVERYTHING}), method="key"
        )


class Watched(msgspec.Struct):
    """A server, what is behind it, and a client of it."""

    address: str
    services: RestServices
    client: aiohttp.ClientSession
    tokens: Tokens

    async def see(
        self, *hosts: str, organisation: Organisation = OURS, entities: tuple[Entity, ...] = ()
    ) -> int:
        """Write domains, and what else is given; return the sequence of the newest change."""
        seen = (*(Domain(host=host) for host in hosts), *entities)
        await self.services.surface.observe(
            organisation, Observations(capability="probe", seen_at=NOON, entities=seen)
        )
        return await self.services.store.last_sequence(organisation)

    def events(self, token: str = OURS, query: str = "", **headers: str) -> Any:
        return self.client.get(LIVE + query, headers={"authorization": f"Bearer {token}", **headers})

    def socket(self, token: str = OURS, **headers: str) -> Any:
        return self.client.ws_connect(LIVE, headers={"authorization": f"Bearer {token}", **headers})


@asynccontextmanager
async def watched(folder: Path, hub: Hub) -> AsyncIterator[Watched]:
    """Serve an installation on a free port."""
    tokens = Tokens()
    async with open_application(Settings(home=str(folder), resolver="127.0.0.1:9")) as application:
        services = msgspec.structs.replace(rest_services(application), tokens=tokens, live=hub)
        async with (
            running(services, "127.0.0.1", free_port()) as address,
            aiohttp.ClientSession(address, timeout=aiohttp.ClientTimeout(total=60)) as client,
        ):
            yield Watched(address, services, client, tokens)


class Event(msgspec.Struct):
    """One server-sent event, or what stands alone: an id, a comment."""

    id: int
    event: str = ""
    data: dict[str, Any] | None = None


async def events_of(answer: aiohttp.ClientResponse) -> AsyncIterator[Event]:
    """Yield what a stream of events holds, by the rules of the format."""
    fields: dict[str, str] = {}
    async for raw in answer.content:
        line = raw.decode().rstrip("\n")
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.strip()
        else:
            data = json.loads(fields["data"]) if "data" in fields else None
            yield Event(int(fields["id"]), fields.get("event", ""), data)
            fields = {}


async def take(answer: aiohttp.ClientResponse, count: int) -> list[Event]:
    """Return the next *count* changes of a stream."""
    found: list[Event] = []
    async for event in events_of(answer):
        if event.event == "change":
            found.append(event)
            if len(found) == count:
                break
    return found


async def changes(socket: aiohttp.ClientWebSocketResponse, count: int) -> list[dict[str, Any]]:
    """Return the next *count* changes that a WebSocket tells."""
    found: list[dict[str, Any]] = []
    while len(found) < count:
        message = await socket.receive_json(timeout=30)
        found += message.get("changes", ())
    return found
