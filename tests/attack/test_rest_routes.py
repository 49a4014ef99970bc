"""Every route of the API, asked by another organisation for the victim's. New routes are tried by themselves."""

import itertools
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote, unquote, unquote_plus, urlencode

import httpx
import msgspec
import pytest
import pytest_asyncio

from chariot.application import Application
from chariot.entrypoints.live.hub import Hub, LiveLimits
from chariot.entrypoints.rest.app import create_app
from chariot.entrypoints.rest.caller import EVERYTHING, Caller
from chariot.entrypoints.rest.openapi import ALL_OPERATIONS
from chariot.entrypoints.rest.operations import Operation
from chariot.entrypoints.rest.wiring import rest_services
from chariot.model.keys import Organisation
from chariot.modules.access.grants import Access, Grant
from chariot.modules.surface.places import place_in
from chariot.modules.surface.sight import Rule
from support.two_organisations import MARK, NAME, RISK, SECRET, SEED, THIEF, VICTIM, identifiers, state

TOKENS = {VICTIM: "token-of-the-victim-0123456789abcdef", THIEF: "token-of-the-thief-0123456789abcdef"}
INSIDER = "token-of-the-insider-0123456789abcdef"
"""Of one of the victim's own people, who may do everything with the part of the surface below one name."""
PART = Access(VICTIM, (Grant(frozenset({EVERYTHING}), Rule(places=(place_in("elsewhere.test"),))),))
FILTERS = (f"host={NAME.host}", f"key={NAME.key}", "organisation=victim-corp", f"tag:owner={MARK}")
HEADERS = ("chariot-organisation", "x-organisation", "x-organisation-id", "organisation", "x-tenant")
_PLACE = re.compile(r"\{(\w+)\}")

pytestmark = pytest.mark.asyncio(loop_scope="module")


class TwoTokens:
    """Knows both, each in its own organisation, with every permission there."""

    async def verify(self, token: str) -> Caller | None:
        for organisation, known in TOKENS.items():
            if token == known:
                return Caller(
                    user=organisation,
                    organisation=organisation,
                    permissions=frozenset({EVERYTHING}),
                    method="token",
                )
        if token == INSIDER:
            return Caller(
                user="insider",
                organisation=VICTIM,
                permissions=frozenset(),
                method="token",
                access=PART,
                shelf=f"{VICTIM}#part",
            )
        return None


class Attacked(msgspec.Struct):
    """An installation, a way to ask it, and the names of what the victim has there."""

    application: Application
    client: httpx.AsyncClient
    named: list[str]

    def ask(self, method: str, address: str, headers: Mapping[str, str], content: bytes | None = None) -> Any:
        return self.client.request(method, address, headers=headers, content=content)


@asynccontextmanager
async def attacked(application: Application) -> AsyncIterator[Attacked]:
    # The answer of one who watches would have no end.
    brief = Hub(LiveLimits(longest_s=0.05))
    services = msgspec.structs.replace(rest_services(application), tokens=TwoTokens(), live=brief)
    transport = httpx.ASGITransport(app=create_app(services))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8642") as client:
        yield Attacked(application, client, await identifiers(application))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def reads(application: Application) -> AsyncIterator[Attacked]:
    async with attacked(application) as one:
        yield one


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def writes(written: Application) -> AsyncIterator[Attacked]:
    async with attacked(written) as one:
        yield one


@pytest.fixture
def target(request: pytest.FixtureRequest, operation: Operation) -> Attacked:
    """The installation that an operation is tried on."""
    found: Attacked = request.getfixturevalue("reads" if operation.method == "GET" else "writes")
    return found


@pytest_asyncio.fixture(loop_scope="module")
async def client(reads: Attacked) -> httpx.AsyncClient:
    return reads.client


def by(organisation: Organisation) -> dict[str, str]:
    return {"authorization": f"Bearer {TOKENS[organisation]}"}


def paths(operation: Operation, named: list[str]) -> list[str]:
    """Return the operation's path with each name of something of the victim's in each place."""
    if not _PLACE.search(operation.path):
        return [operation.path]
    return [_PLACE.sub(lambda _, name=name: quote(name, safe=""), operation.path) for name in named]


def queries(operation: Operation, cursor: str) -> list[Mapping[str, str]]:
    """Return what can be asked: nothing, a place in the victim's list, the victim's values, and all of time."""
    fields = {field.name: field for field in msgspec.structs.fields(operation.parameters)}
    required = {name: _victims(name) for name, field in fields.items() if field.required}
    found: list[Mapping[str, str]] = [required]
    if "cursor" in fields and cursor:
        found.append({**required, "cursor": cursor})
    if "filter" in fields:
        found += [{**required, "filter": text} for text in FILTERS]
    if "everything" in fields:
        found.append({**required, "everything": "true", "limit": "100"})
    if "as_of" in fields:
        found.append({**required, "as_of": "2027-01-01T00:00:00Z"})
    optional = [name for name in fields if name not in {*required, "cursor", "filter", "everything", "as_of"}]
    found += [{**required, name: _victims(name)} for name in optional]
    return found


def _victims(name: str) -> str:
    """Return a value that means something of the victim's, by the name of the parameter."""
    known = {"since": "2026-01-01T00:00:00Z", "until": "2027-01-01T00:00:00Z", "limit": "100", "after": "0"}
    return known.get(name, NAME.host)


def bodies(operation: Operation, named: list[str]) -> list[bytes | None]:
    """Return the operation's example with the victim's names for every text in it."""
    if operation.body is None:
        return [None]
    if operation.example is None:
        # It takes a file.
        return [f"{NAME.host}\n".encode(), b"{}"]
    texts = [NAME.key, RISK.key, SEED.value, *named[-3:]]
    made = [msgspec.json.encode(operation.example)]
    made += [msgspec.json.encode(_named(operation.example, text)) for text in texts]
    return list(made)


def _named(example: Any, text: str) -> Any:
    match example:
        case str():
            return text
        case list():
            return [_named(one, text) for one in example]
        case dict():
            return {name: _named(one, text) for name, one in example.items()}
    return example


async def cursor_of_the_victim(client: httpx.AsyncClient, operation: Operation) -> str:
    if not operation.paged or "{" in operation.path:
        return ""
    required = queries(operation, "")[0]
    address = f"{operation.path}?{urlencode({**required, 'limit': '1'})}"
    answer = await client.get(address, headers=by(VICTIM))
    return (answer.json().get("pagination") or {}).get("cursor") or "" if answer.status_code == 200 else ""


def without_its_own(log: str) -> str:
    """Return a log without the entries about the thief's own requests, which repeat what the thief asked for."""
    entries = re.split(r'(?={"sequence":)|\n', log)
    return "".join(entry for entry in entries if f'"actor":"{THIEF}"' not in entry)


def told(answer: httpx.Response, method: str, sent: str) -> bool:
    """Tell whether an answer has anything of the victim's: what nobody can guess, or a name that was not asked for."""
    if SECRET in answer.text:
        return True
    if method != "GET":
        # The thief has things of the same names by now, by its own writes.
        return False
    asked = {sent, *re.split(r"[/&=?]", unquote_plus(sent)), *re.split(r"[/&=?]", sent)}
    # An address comes back in the problem, quoted in another way.
    text = unquote(without_its_own(answer.text) if sent.startswith("/api/v1/audit") else answer.text)
    for known in sorted((one for one in asked if MARK in one), key=len, reverse=True):
        # What was asked for is repeated, and shortened where it is long.
        for size in (len(known), 200, 100, 80, 60, 40):
            text = text.replace(known[:size], "")
        text = text.replace(msgspec.json.encode(known).decode()[1:-1], "")
    return MARK in text


def each(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(name, ALL_OPERATIONS, ids=lambda one: f"{one.method} {one.path}")


@each("operation")
async def test_a_route_tells_a_thief_nothing_and_changes_nothing(
    target: Attacked, operation: Operation
) -> None:
    before = await state(target.application)
    cursor = await cursor_of_the_victim(target.client, operation)
    leaks: list[str] = []
    asked = itertools.product(
        paths(operation, target.named), queries(operation, cursor), bodies(operation, target.named)
    )
    for path, query, body in asked:
        address = f"{path}?{urlencode(query)}" if query else path
        answer = await target.ask(operation.method, address, by(THIEF), body)
        if answer.status_code >= 500 or told(answer, operation.method, address):
            leaks.append(f"{operation.method} {address[:300]}: {answer.status_code} {answer.text[:500]}")

    assert leaks == []
    assert await state(target.application) == before


@each("operation")
async def test_who_sees_a_part_is_told_nothing_of_the_rest(
    target: Attacked, client: httpx.AsyncClient, operation: Operation
) -> None:
    before = await state(target.application)
    leaks = []
    cursor = await cursor_of_the_victim(client, operation)
    query = queries(operation, cursor)[-1]
    for path, body in itertools.product(paths(operation, target.named), bodies(operation, target.named)[:2]):
        address = f"{path}?{urlencode(query)}" if query else path
        headers = {"authorization": f"Bearer {INSIDER}"}
        answer = await target.ask(operation.method, address, headers, body)
        if answer.status_code >= 500 or told(answer, operation.method, address):
            leaks.append(f"{operation.method} {address[:300]}: {answer.status_code} {answer.text[:500]}")

    assert leaks == []
    assert await state(target.application) == before


@each("operation")
async def test_nobody_becomes_another_by_a_header(target: Attacked, operation: Operation) -> None:
    before = await state(target.application)
    path, query = paths(operation, target.named)[0], queries(operation, "")[0]
    address = f"{path}?{urlencode(query)}" if query else path
    body = bodies(operation, target.named)[0]
    for header in HEADERS:
        answer = await target.ask(operation.method, address, {**by(THIEF), header: VICTIM}, body)
        assert not told(answer, operation.method, address)

    assert await state(target.application) == before


async def test_what_is_kept_for_one_is_not_told_to_another(client: httpx.AsyncClient) -> None:
    for address in ("/api/v1/domains", "/api/v1/statistics", f"/api/v1/entities/{quote(NAME.key, safe='')}"):
        for _ in range(3):
            first = await client.get(address, headers=by(VICTIM))
            second = await client.get(address, headers=by(THIEF))
            tagged = await client.get(
                address, headers={**by(THIEF), "if-none-match": first.headers.get("etag", '"x"')}
            )

            assert SECRET in first.text or "statistics" in address
            assert SECRET not in second.text
            assert tagged.status_code != 304 or "statistics" in address


async def test_the_same_idempotency_key_of_another_is_another_request(client: httpx.AsyncClient) -> None:
    key = {"idempotency-key": "one-key-of-two-0123456789"}
    body = msgspec.json.encode({"seeds": ["198.51.100.0/28"]})
    path = next(one.path for one in ALL_OPERATIONS if one.method == "POST" and one.repeatable)
    operation = next(one for one in ALL_OPERATIONS if one.path == path and one.method == "POST")
    body = msgspec.json.encode(operation.example)

    answers = [
        await client.post(path, headers={**by(organisation), **key}, content=body)
        for organisation in (VICTIM, THIEF)
    ]

    assert [answer.headers.get("idempotency-replayed") for answer in answers] == [None, None]


async def test_one_who_asks_too_much_does_not_use_up_anothers_limit(client: httpx.AsyncClient) -> None:
    before = (await client.get("/api/v1/statistics", headers=by(VICTIM))).headers
    for _ in range(50):
        await client.get("/api/v1/statistics", headers=by(THIEF))
    after = (await client.get("/api/v1/statistics", headers=by(VICTIM))).headers

    remaining = [int(re.findall(r"r=(\d+)", headers.get("ratelimit", ""))[0]) for headers in (before, after)]
    assert remaining[1] >= remaining[0] - 2
