import httpx
import msgspec
import pytest

from chariot.entrypoints.rest.app import PERMISSIONS, create_app, create_router
from chariot.entrypoints.rest.caller import PUBLIC, Caller
from chariot.entrypoints.rest.openapi import ALL_OPERATIONS
from rest_perimeter import ORGANISATION, TOKEN

APART = frozenset(
    {
        "receive_hook",  # its signature stands for a token
        "prune_preview",  # it writes nothing
        "plan_scan",  # nor does it
        "preview_scope",  # nor does it
        "match_names",  # nor does it
        "verify_audit_against",  # nor does it
        "verify_contract",  # nor does it
        "ask_graphql",  # each of its mutations asks for its own permission
    }
)
WAYS_IN = frozenset(
    {
        "begin_device",
        "challenge_passkey",
        "collect_device",
        "sign_in_by_invitation",
        "sign_in_by_passkey",
        "sign_in_by_password",
    }
)
"""What those ask who are not known yet."""
OWN = [
    one
    for one in ALL_OPERATIONS
    if one.method != "GET" and one.path.startswith(("/api/v1/account/", "/api/v1/sess"))
]
OWN += [one for one in ALL_OPERATIONS if one.id == "approve_device"]
"""What somebody does to their own account: it takes no permission, but one must be somebody."""
WRITES = [
    one for one in ALL_OPERATIONS if one.method != "GET" and one.id not in APART | WAYS_IN and one not in OWN
]

VERBS = frozenset({"read", "write", "export", "erase", "grant", "recover"})


class Reader:
    """Knows everybody, as somebody who may read entities."""

    async def verify(self, token):
        return Caller(
            user="reader", organisation=ORGANISATION, permissions=frozenset({"entities:read"}), method="token"
        )


class Broken:
    """An intelligence service with a defect."""

    async def status(self):
        raise ZeroDivisionError("/srv/chariot/secret-path")


def handlers(services):
    for route in create_router(services).routes:
        for handler in route.route_handlers:
            for method in handler.http_methods:
                yield route.path_format, method, handler


def test_every_route_declares_its_permission(services):
    # Answers to OPTIONS are the router's own: they tell the methods, which the description tells everybody.
    undeclared = {
        (path, method)
        for path, method, handler in handlers(services)
        if method != "OPTIONS" and not handler.opt.get("permission")
    }

    assert undeclared == set()


def test_every_route_is_described_and_every_description_has_a_route(services):
    routes = {(path, method) for path, method, _ in handlers(services) if method != "OPTIONS"}

    assert routes == {(one.path, one.method) for one in ALL_OPERATIONS}


def test_nothing_that_writes_is_public():
    assert {one.id for one in WRITES if one.permission.partition(":")[2] not in VERBS - {"read"}} == set()


@pytest.mark.parametrize("operation", OWN, ids=lambda one: one.id)
async def test_nobody_has_an_account_to_change(services, operation):
    app = create_app(services)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://localhost"
    ) as client:
        path = operation.path.replace("{id}", "a1")
        answer = await client.request(operation.method, path, json=operation.example)

    assert answer.status_code == 401, answer.text


def test_permissions_are_a_noun_and_a_verb():
    assert {one for one in PERMISSIONS if one.partition(":")[2] not in VERBS} == set()


@pytest.mark.parametrize("operation", WRITES, ids=lambda one: one.id)
async def test_who_may_only_read_writes_nothing(services, surface, operation):
    before = await services.store.last_sequence()
    app = create_app(msgspec.structs.replace(services, tokens=Reader()))
    path = operation.path.replace("{value}", "perimeter.test").replace("{key}", "%23risk%23x%23y")
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://localhost"
    ) as client:
        answer = await client.request(operation.method, path, headers={"authorization": "Bearer x"}, json={})

    assert (answer.status_code, answer.json()["type"]) == (403, "/api/v1/problems/denied")
    assert operation.permission in answer.json()["detail"]
    assert await services.store.last_sequence() == before


@pytest.mark.parametrize(
    "operation", [one for one in ALL_OPERATIONS if one.permission != PUBLIC], ids=lambda one: one.id
)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_stranger_gets_nothing_that_is_not_public(shared, operation):
    _, stranger = shared
    path = operation.path.replace("{value}", "a.test").replace("{key}", "%23domain%23a.test")

    assert (await stranger.request(operation.method, path)).status_code == 401


async def test_a_defect_is_logged_whole_and_told_without_a_word_of_it(services, quiet_logs):
    app = create_app(msgspec.structs.replace(services, intel=Broken()))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://localhost"
    ) as client:
        answer = await client.get("/api/v1/intelligence", headers={"authorization": f"Bearer {TOKEN}"})

    assert (answer.status_code, answer.json()["type"]) == (500, "/api/v1/problems/internal")
    assert "secret-path" not in answer.text
    assert "Traceback" not in answer.text
    (event,) = [one for one in quiet_logs if one["event"] == "request failed"]
    assert event["request_id"] == answer.json()["request_id"]


async def test_a_method_that_an_address_does_not_take_names_those_it_does(client):
    answer = await client.put("/api/v1/seeds")

    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "OPTIONS", "POST"}


async def test_options_tells_every_method_of_an_address(client):
    answer = await client.options("/api/v1/entities/%23domain%23www.perimeter.test")

    assert (answer.status_code, answer.headers["allow"]) == (204, "GET, OPTIONS, PATCH")


async def test_who_is_not_known_is_told_so_whichever_organisation_they_name(services):
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=create_app(services)), base_url="http://localhost"
    ) as client:
        answer = await client.get("/api/v1/risks", headers={"chariot-organisation": "globex"})

    assert (answer.status_code, answer.json()["type"]) == (401, "/api/v1/problems/unauthenticated")
