import pytest

from chariot.modules.identity.identity import Identity
from rest_perimeter import ORGANISATION

WEB = {"permissions": ["entities:read", "risks:*"], "names": ["shop.perimeter.test"]}
BOB = "/api/v1/members/user:bob"


async def test_a_role_is_kept_listed_and_taken_back(client):
    put = await client.put("/api/v1/roles/web", json=WEB)
    listed = (await client.get("/api/v1/roles")).json()["data"]
    gone = await client.delete("/api/v1/roles/web")

    assert put.status_code == 200
    assert put.json()["data"]["permissions"] == ["entities:read", "risks:*"]
    assert [one["key"] for one in listed] == ["#role#web"]
    assert gone.json()["data"]["status"] == "gone"
    assert (await client.delete("/api/v1/roles/web")).status_code == 404


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"permissions": ["all of it"]}, "permissions"),
        ({"kinds": ["planet"]}, "kinds"),
        ({"netblocks": ["192.0.2.7/8"]}, "netblocks"),
        ({"names": ["not a name"]}, "names"),
        ({"asset_tags": ["a b"]}, "asset_tags"),
        ({"requests_per_s": 0}, "requests_per_s"),
    ],
)
async def test_a_role_that_is_none_is_refused_by_its_field(client, more, field):
    answer = await client.put("/api/v1/roles/web", json=WEB | more)

    assert (answer.status_code, answer.json()["field"].partition("[")[0]) == (400, field)


async def test_what_somebody_sees_is_told_before_they_ask(client):
    await client.put("/api/v1/roles/web", json=WEB)
    await client.put(BOB, json={"roles": ["web"], "label": "Bob"})
    told = (await client.get(f"{BOB}/sight")).json()["data"]
    await client.put(BOB, json={"roles": ["web", "admin"]})
    whole = (await client.get(f"{BOB}/sight")).json()["data"]

    assert told["permissions"] == ["entities:read", "risks:*"]
    assert (told["everything"], told["counts"]) == (False, {"domain": 1})
    assert (whole["everything"], whole["parts"]) == (True, [])
    assert whole["counts"]["domain"] == 2


async def test_nobody_is_given_a_role_that_there_is_not(client):
    answer = await client.put(BOB, json={"roles": ["astronaut"]})

    assert (answer.status_code, answer.json()["field"]) == (400, "roles")


async def test_who_is_no_member_sees_nothing(client):
    told = (await client.get(f"{BOB}/sight")).json()["data"]

    assert (told["permissions"], told["everything"], told["counts"]) == ([], False, {})


async def test_a_member_asks_and_is_answered_by_their_roles(client, services):
    await client.put("/api/v1/roles/web", json=WEB | {"requests_per_s": 1})
    await client.put(BOB, json={"roles": ["web"]})
    identity = Identity(subject="user:bob", name="Bob", home=ORGANISATION, method="password")
    caller = await services.admission.admit(identity)

    assert caller.may("risks:write")
    assert not caller.may("seeds:write")
    assert caller.sight("entities:read") == caller.sight("risks:write") is not None
    assert caller.shelf.startswith(f"{ORGANISATION}#")
    assert caller.requests_per_s == 1
