"""What it costs to see a part: pages of a large list with a role's filter and without, and a whole request.

`BENCH_ACCESS_ASSETS` sets how many addresses there are, by default 1,000,000.
"""

import asyncio
import logging
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import structlog

from benchmarks.rows import row
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.bootstrap import open_application
from chariot.entrypoints.rest.app import create_app
from chariot.entrypoints.rest.cache import AnswerCache
from chariot.entrypoints.rest.caller import EVERYTHING, Caller, Proven
from chariot.entrypoints.rest.services import RestLimits, RestServices
from chariot.entrypoints.rest.wiring import rest_services
from chariot.model.keys import Organisation
from chariot.model.kinds.access import Member, Role
from chariot.model.kinds.network import Address, Domain
from chariot.model.observations import Edit, Observations
from chariot.modules.access.store import RestrictedStore
from chariot.modules.identity.identity import Identity
from chariot.modules.surface.places import block_place
from chariot.modules.surface.ports import EntityStore
from chariot.modules.surface.query import Page, Query
from chariot.modules.surface.service import SurfaceService
from chariot.modules.surface.sight import Rule, Sight
from chariot.settings import Settings

_ASSETS = int(os.environ.get("BENCH_ACCESS_ASSETS", "1000000"))
_BATCH = 5_000
_PAGES = 30
_ROUNDS = 5
_REQUESTS = 300
_ACME = Organisation("acme")
_SEEN = datetime(2026, 1, 1, tzinfo=UTC)
_TOKEN = "a-token-of-the-benchmark-0123456789"
_AIM_LIST, _AIM_REQUEST = 1.3, 2.0


def run(rows: list[dict[str, Any]]) -> None:
    """Add the cost of filters on a list, and that of identity, access, limits and audit on a request."""
    with tempfile.TemporaryDirectory() as name:
        rows += asyncio.run(_lists(Path(name)))
    # A line in the log for each request is what a server does without, too.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as name:
        rows += asyncio.run(_requests(Path(name)))


def _sights() -> dict[str, Sight]:
    return {
        "netblocks that hold half of it": (Rule(places=(block_place("10.0.0.0/9"),)),),
        "one netblock of 256 addresses": (Rule(places=(block_place("10.128.1.0/24"),)),),
        "a tag that half of it bears": (Rule(tags=(("env", "prod"),)),),
        "a tag that a tenth of it bears": (Rule(tags=(("team", "shop"),)),),
        "a kind": (Rule(kinds=("address",)),),
    }


async def _lists(folder: Path) -> list[dict[str, Any]]:
    store = SqliteEntityStore(SqliteDatabase(folder / "t.db"))
    surface = SurfaceService(store)
    half = _ASSETS // 2
    for first in range(0, _ASSETS, _BATCH):
        entities = tuple(
            Address(ip=_ip(number % half, upper=number >= half))
            for number in range(first, min(first + _BATCH, _ASSETS))
        )
        batch = first // _BATCH
        tags = {"env": "prod" if batch % 2 else "test", "team": "shop" if batch % 10 == 5 else "other"}
        await surface.observe(
            _ACME, Observations(capability="bench", seen_at=_SEEN, entities=entities, tags=tags)
        )
    found = []
    for name, sight in _sights().items():
        plain, taken = await _in_turns(store, RestrictedStore(store, sight))
        ratio = taken / plain
        found.append(
            row(
                f"a page of 100 of {_ASSETS:,} addresses, filtered by {name}, against no filter",
                round(taken, 3),
                "ms CPU",
                reference=round(plain, 3),
                ratio=round(ratio, 2),
                aim=f"<= {_AIM_LIST}x",
                met=ratio <= _AIM_LIST,
            )
        )
    await store.close()
    return found


def _ip(number: int, *, upper: bool) -> str:
    return f"10.{(128 if upper else 0) + number // 65_536}.{number // 256 % 256}.{number % 256}"


async def _in_turns(*stores: EntityStore) -> list[float]:
    """Return the processor time of one page of each in milliseconds: the best of some rounds in turns."""
    taken: list[list[float]] = [[] for _ in stores]
    for _ in range(_ROUNDS):
        for store, times in zip(stores, taken, strict=True):
            times.append(await _pages(store))
    return [min(times) for times in taken]


async def _pages(store: EntityStore) -> float:
    """Return the processor time of one page in milliseconds, of pages one behind the other."""
    cursor = ""
    started = time.process_time()
    for _ in range(_PAGES):
        page: Page[Any] = await store.find(_ACME, Query(kinds=("address",), limit=100, cursor=cursor))
        cursor = page.cursor
    return (time.process_time() - started) / _PAGES * 1_000


class _Known(msgspec.Struct):
    """Verifies nothing: everybody may do everything."""

    caller: Caller

    async def verify(self, token: str) -> Caller | None:
        del token
        return self.caller


async def _requests(folder: Path) -> Sequence[dict[str, Any]]:
    async with open_application(Settings(home=str(folder), organisation=_ACME)) as application:
        entities = tuple(Domain(host=f"h{number}.example.com") for number in range(_ROUNDS * _REQUESTS))
        seen = Observations(capability="bench", seen_at=_SEEN, entities=entities)
        await application.surface.observe(_ACME, seen)
        role = Role(label="reader", permissions=("entities:read", "observations:write"))
        member = Member(id="user:ada", roles=("reader",))
        await application.surface.edit(
            _ACME, [Edit(actor="bench", entity=role), Edit(actor="bench", entity=member)]
        )
        services = rest_services(application)
        assert services.admission is not None
        identity = Identity(subject="user:ada", name="Ada", home=_ACME, method="oidc")
        held = Proven(_Prover(identity), services.admission.admit)
        free = Caller(user="ada", organisation=_ACME, permissions=frozenset({EVERYTHING}), method="token")
        many = RestLimits(
            requests_per_s=1e9,
            burst=10**9,
            organisation_requests_per_s=1e9,
            organisation_burst=10**9,
            address_requests_per_s=1e9,
            address_burst=10**9,
        )
        bare = msgspec.structs.replace(services, tokens=_Known(free), audit=None, limits=many)
        # A cache of its own: both see the whole, and would be answered with what the other was told.
        full = msgspec.structs.replace(services, tokens=held, limits=many, cache=AnswerCache())
        return [
            await _compared("GET one asset", _one, bare, full),
            await _compared("GET one asset from memory", _kept, bare, full),
            await _compared("GET a page of 50", _page, bare, full),
            await _compared("POST one observation", _sighting, bare, full),
            await _compared("POST one observation, 20 at a time", _sighting, bare, full, together=20),
        ]


class _Prover(msgspec.Struct):
    identity: Identity

    async def prove(self, token: str) -> Identity:
        del token
        return self.identity


Asked = tuple[str, str, bytes, bytes]
"""Method, path, query and body."""


def _one(number: int) -> Asked:
    return "GET", f"/api/v1/entities/%23domain%23h{number}.example.com", b"", b""


def _kept(number: int) -> Asked:
    del number
    return _one(0)


def _page(number: int) -> Asked:
    return "GET", "/api/v1/domains", b"limit=50&cursor=&filter=host!=h%d.test" % number, b""


def _sighting(number: int) -> Asked:
    body = {
        "capability": "bench",
        "seen_at": _SEEN.isoformat(),
        "entities": [{"kind": "domain", "host": f"h{number}.example.com"}],
    }
    return "POST", "/api/v1/observations", b"", msgspec.json.encode(body)


async def _compared(
    name: str, ask: Callable[[int], Asked], bare: RestServices, full: RestServices, *, together: int = 1
) -> dict[str, Any]:
    """Return what a request costs with everything and with nothing, in turns; none is asked twice in a row of turns."""
    apps = [create_app(bare), create_app(full)]
    taken: list[list[float]] = [[], []]
    for turn in range(_ROUNDS):
        for app, times in zip(apps, taken, strict=True):
            started = time.process_time()
            for first in range(turn * _REQUESTS, (turn + 1) * _REQUESTS, together):
                await asyncio.gather(*(_ask(app, *ask(first + number)) for number in range(together)))
            times.append((time.process_time() - started) / _REQUESTS * 1e6)
    plain, held = (statistics.median(times) for times in taken)
    ratio = held / plain
    return row(
        f"{name} with identity, access, limits and audit, against none",
        round(held, 1),
        "us CPU",
        reference=round(plain, 1),
        ratio=round(ratio, 2),
        aim=f"<= {_AIM_REQUEST}x",
        met=ratio <= _AIM_REQUEST,
    )


async def _ask(
    app: Callable[..., Awaitable[None]], method: str, path: str, query: bytes, body: bytes
) -> None:
    status = 0

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)

    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": query,
        "headers": [
            (b"host", b"localhost"),
            (b"authorization", f"Bearer {_TOKEN}".encode()),
            *([(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))] if body else ()),
        ],
        "client": ("127.0.0.1", 1), "state": {},
    }  # fmt: skip
    await app(scope, receive, send)
    assert status in {200, 201}, status
