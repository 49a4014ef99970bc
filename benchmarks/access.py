"""What it costs to see a part: pages of a large list with a role's filter and without, and a whole request.

`CHARIOT_BENCH_ACCESS_ASSETS` sets how many addresses there are, by default 1,000,000.
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

import asyncpg
import msgspec
import structlog
from tests.support.engines import Postgres, PrivatePostgres

from benchmarks.rows import row
from chariot.adapters.postgres.database import PostgresDatabase
from chariot.adapters.postgres.entity_store import PostgresEntityStore
from chariot.adapters.postgres.migrations import migrate
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
from chariot.model.kinds.weakness import Risk
from chariot.model.observations import Edit, Observations
from chariot.model.states import Severity
from chariot.modules.access.store import RestrictedStore
from chariot.modules.identity.identity import Identity
from chariot.modules.surface.places import block_place, place_in
from chariot.modules.surface.ports import EntityStore
from chariot.modules.surface.query import Page, Query
from chariot.modules.surface.service import SurfaceService
from chariot.modules.surface.sight import Rule, Sight
from chariot.settings import Settings

_ASSETS = int(os.environ.get("CHARIOT_BENCH_ACCESS_ASSETS", "1000000"))
_POSTGRES_ASSETS = min(_ASSETS, 200_000)
_BATCH = 5_000
_PAGES = 30
_ROUNDS = 5
_REQUESTS = 300
_ACME = Organisation("acme")
_SEEN = datetime(2026, 1, 1, tzinfo=UTC)
_TOKEN = "a-token-of-the-benchmark-0123456789"
_ADDRESSES = Query(kinds=("address",), limit=100)
_RISKS = Query(kinds=("risk",), sort="-score", limit=100)
_SEVERITIES = tuple(Severity)
_FEW = 1_000
_PREPARED = """
    SELECT max(keeps_tags) = 2 AND to_regclass('version_present_places') IS NOT NULL FROM organisation
"""
_AIM_LIST, _AIM_REQUEST = 1.3, 2.0


def run(rows: list[dict[str, Any]]) -> None:
    """Add the cost of filters on a list, and that of identity, access, limits and audit on a request."""
    with tempfile.TemporaryDirectory() as name:
        rows += asyncio.run(_lists(Path(name)))
    server = PrivatePostgres(durable=True)
    try:
        rows += asyncio.run(_postgres_lists(server))
    finally:
        server.stop()
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
        "a tag that 1,000 of it bear": (Rule(tags=(("only", "few"),)),),
        "five tags that 1,000 to a tenth of it bear": (
            Rule(tags=(("only", ""), ("team", "shop"), ("team", "bank"), ("env", "none"), ("none", ""))),
        ),
        "a kind": (Rule(kinds=("address",)),),
        "a kind, a tag and netblocks": (
            Rule(kinds=("address",), tags=(("team", "shop"),), places=(block_place("10.0.0.0/9"),)),
        ),
        "names": (Rule(places=(place_in("example.com"), block_place("10.0.7.0/24"))),),
    }


def _mild() -> dict[str, Sight]:
    return {
        "risks up to low": (Rule(highest=Severity.LOW),),
        "risks up to high": (Rule(highest=Severity.HIGH),),
        "risks up to high of assets with a tag that 1,000 bear": (
            Rule(highest=Severity.HIGH, tags=(("only", "few"),)),
        ),
    }


async def _lists(folder: Path) -> list[dict[str, Any]]:
    store = SqliteEntityStore(SqliteDatabase(folder / "t.db"))
    await _fill(store, _ASSETS)
    found = await _list_rows(store, _ASSETS, "", time.process_time, "ms CPU")
    await store.close()
    return found


async def _postgres_lists(server: Postgres) -> list[dict[str, Any]]:
    """Return the same of PostgreSQL, by the clock: most of the work is done in processes of its own."""
    url = server.url(await server.create())
    await migrate(url)
    store = PostgresEntityStore(await PostgresDatabase.open(url))
    await _fill(store, _POSTGRES_ASSETS)
    connection = await asyncpg.connect(url)
    await connection.execute("VACUUM (ANALYZE) version, presence, edge")
    # What is kept for such looks is made beside them, from the first one on.
    for sight in _sights().values():
        await RestrictedStore(store, sight).find(_ACME, _ADDRESSES)
    while not await connection.fetchval(_PREPARED):  # noqa: ASYNC110 - the server tells nobody
        await asyncio.sleep(0.1)
    await connection.execute("VACUUM (ANALYZE) version, bearer")
    await connection.close()
    found = await _list_rows(store, _POSTGRES_ASSETS, "PostgreSQL, ", time.perf_counter, "ms")
    await store.close()
    return found


async def _fill(store: EntityStore, assets: int) -> None:
    """Write the addresses, with tags, and a risk of each."""
    surface = SurfaceService(store)
    half = assets // 2
    for first in range(0, assets, _BATCH):
        entities = tuple(
            Address(ip=_ip(number % half, upper=number >= half))
            for number in range(first, min(first + _BATCH, assets))
        )
        batch = first // _BATCH
        tags = {"env": "prod" if batch % 2 else "test", "team": "shop" if batch % 10 == 5 else "other"}
        few = entities[: _FEW if batch == assets // _BATCH - 3 else 0]
        for part, more in ((few, {**tags, "only": "few"}), (entities[len(few) :], tags)):
            seen = Observations(capability="bench", seen_at=_SEEN, entities=part, tags=more)
            await surface.observe(_ACME, seen)
        risks = tuple(_risk(one, first + number) for number, one in enumerate(entities))
        await surface.observe(_ACME, Observations(capability="bench", seen_at=_SEEN, entities=risks))


def _risk(asset: Address, number: int) -> Risk:
    """Return a risk whose score follows from how bad it is, as scores do."""
    score = number * 7_919 % 101
    severity = _SEVERITIES[min(len(_SEVERITIES) - 1, score * len(_SEVERITIES) // 100)]
    weakness = f"CVE-2024-{10_000 + number % 5_000}"
    return Risk(target=asset.key, weakness=weakness, severity=severity, score=score)


async def _list_rows(
    store: EntityStore, assets: int, engine: str, clock: Callable[[], float], unit: str
) -> list[dict[str, Any]]:
    """Return what pages cost as somebody sees them who sees a part, against those of who sees all."""
    found = []
    asked = (
        *((name, sight, _ADDRESSES) for name, sight in _sights().items()),
        *((name, sight, _RISKS) for name, sight in _mild().items()),
    )
    for name, sight, query in asked:
        plain, taken = await _in_turns(clock, query, store, RestrictedStore(store, sight))
        ratio = taken / plain
        found.append(
            row(
                f"{engine}a page of 100 of {assets:,} {query.kinds[0]} entities by {query.sort}, filtered by {name},"
                " against no filter",
                round(taken, 3),
                unit,
                reference=round(plain, 3),
                ratio=round(ratio, 2),
                aim=f"<= {_AIM_LIST}x",
                met=ratio <= _AIM_LIST,
            )
        )
    return found


def _ip(number: int, *, upper: bool) -> str:
    return f"10.{(128 if upper else 0) + number // 65_536}.{number // 256 % 256}.{number % 256}"


async def _in_turns(clock: Callable[[], float], query: Query, *stores: EntityStore) -> list[float]:
    """Return the time of one page of each in milliseconds: the best of some rounds in turns."""
    taken: list[list[float]] = [[] for _ in stores]
    for _ in range(_ROUNDS):
        for store, times in zip(stores, taken, strict=True):
            times.append(await _pages(clock, store, query))
    return [min(times) for times in taken]


async def _pages(clock: Callable[[], float], store: EntityStore, query: Query) -> float:
    """Return the time of one page in milliseconds, of pages one behind the other."""
    cursor = ""
    started = clock()
    for _ in range(_PAGES):
        asked = msgspec.structs.replace(query, cursor=cursor)
        page: Page[Any] = await store.find(_ACME, asked)
        # What somebody sees may have fewer pages; then they begin again.
        cursor = page.cursor
    return (clock() - started) / _PAGES * 1_000


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
