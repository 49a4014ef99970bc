import httpx
import pytest

from chariot.entrypoints.rest.app import create_app
from rest_perimeter import TOKEN

BODY = {"label": "report", "permissions": ["entities:read", "keys:write"]}


@pytest.fixture
async def client(services, surface):
    """A client before a server that takes keys beside its own token."""
    both = services
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=create_app(both)), base_url="http://127.0.0.1:8642"
    ) as known:
        known.headers["authorization"] = f"Bearer {TOKEN}"
        yield known


async def made(client, **more):
    return (await client.post("/api/v1/keys", json=BODY | more)).json()["data"]


def by(key):
    return {"authorization": f"Bearer {key['key']}"}


async def test_a_key_may_do_what_it_was_made_for_and_nothing_else(client):
    key = await made(client)

    assert (await client.get("/api/v1/domains", headers=by(key))).status_code == 200
    assert (await client.post("/api/v1/seeds", headers=by(key), json={})).status_code == 403
    assert (await client.get("/api/v1/apikeys", headers=by(key))).status_code == 403


async def test_a_key_is_told_once(client):
    key = await made(client)
    secret = key["key"].rpartition(".")[2]

    listed = await client.get("/api/v1/apikeys")

    assert secret not in listed.text
    assert (listed.json()["data"][0]["label"], listed.json()["data"][0]["digest"]) == ("report", None)


async def test_a_key_that_was_taken_back_opens_nothing(client):
    key = await made(client)
    await client.get("/api/v1/domains", headers=by(key))
    await client.delete(f"/api/v1/keys/{key['record']['id']}?why=leaked")

    assert (await client.get("/api/v1/domains", headers=by(key))).status_code == 401


async def test_a_key_gives_no_more_than_it_has(client):
    key = await made(client)
    answer = await client.post(
        "/api/v1/keys", headers=by(key), json={"label": "more", "permissions": ["risks:write"]}
    )

    assert answer.status_code == 403
    assert "risks:write" in answer.json()["detail"]


async def test_a_key_asks_for_its_own_organisation_alone(client):
    key = await made(client)
    headers = by(key) | {"chariot-organisation": "globex"}

    assert (await client.get("/api/v1/domains", headers=headers)).status_code == 403


async def test_a_key_of_one_organisation_knows_nothing_of_another(client):
    await client.post("/api/v1/organisations", json={"name": "globex"})
    other = {"chariot-organisation": "globex"}
    key = (await client.post("/api/v1/keys", json=BODY, headers=other)).json()["data"]

    assert (await client.get("/api/v1/domains", headers=by(key))).json()["data"] == []


async def test_the_answer_with_the_key_is_not_kept_for_a_repeat(client):
    headers = {"idempotency-key": "k"}
    await client.post("/api/v1/keys", json=BODY, headers=headers)
    again = await client.post("/api/v1/keys", json=BODY, headers=headers)

    assert (again.status_code, again.json()["type"]) == (409, "/api/v1/problems/reused-key")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"permissions": []}, "permissions"),
        ({"permissions": ["everything"]}, "permissions[0]"),
        ({"permissions": ["entities:read", "mine:stroke"]}, "permissions[1]"),
        ({"label": ""}, "label"),
        ({"label": "a b"}, "label"),
        ({"expires_at": "soon"}, "expires_at"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
    ],
)
async def test_a_key_that_cannot_be_is_refused_by_name(client, more, field):
    answer = await client.post("/api/v1/keys", json=BODY | more)

    assert (answer.status_code, answer.json()["field"]) == (400, field)


@pytest.mark.parametrize("permission", ["audit:export", "*:read", "risks:*", "users:grant"])
async def test_a_key_may_have_whatever_a_role_may_have(client, permission):
    answer = await client.post("/api/v1/keys", json=BODY | {"permissions": [permission]})

    assert answer.status_code == 201


async def test_a_sighting_makes_no_key(client, services):
    batch = {
        "capability": "x",
        "seen_at": "2026-01-01T00:00:00Z",
        "entities": [{"kind": "apikey", "id": "f00d", "permissions": ["*"], "digest": "0" * 64}],
    }
    await client.post("/api/v1/observations", json=batch)

    assert await services.keys.verify("chariot_key.ZGVmYXVsdA.f00d.x") is None
    assert (await client.get("/api/v1/apikeys")).json()["data"] == []
