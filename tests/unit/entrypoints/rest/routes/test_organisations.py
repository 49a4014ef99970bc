import pytest


async def test_an_organisation_is_created_once_and_listed(client):
    first = await client.post("/api/v1/organisations", json={"name": "globex", "title": "Globex"})
    again = await client.post("/api/v1/organisations", json={"name": "globex"})

    assert (first.status_code, again.status_code) == (201, 409)
    assert (await client.get("/api/v1/organisations")).json()["data"] == [
        {"name": "default", "title": "", "parent": "", "suspended": False},
        {"name": "globex", "title": "Globex", "parent": "", "suspended": False},
    ]


async def test_an_organisation_is_moved_suspended_and_ended(client):
    for name in ("msp", "globex"):
        await client.post("/api/v1/organisations", json={"name": name})
    moved = await client.patch("/api/v1/organisations/globex", json={"parent": "msp", "suspended": True})
    below = await client.patch("/api/v1/organisations/msp", json={"parent": "globex"})
    kept = await client.delete("/api/v1/organisations/msp")
    ended = await client.delete("/api/v1/organisations/globex")

    assert moved.json()["data"] == {"name": "globex", "title": "", "parent": "msp", "suspended": True}
    assert (below.status_code, kept.status_code, ended.status_code) == (409, 409, 200)
    assert (await client.patch("/api/v1/organisations/nowhere", json={"title": "x"})).status_code == 404
    assert (await client.post("/api/v1/organisations", json={"name": "globex"})).status_code == 409


async def test_the_token_of_the_installation_asks_for_any_organisation(client):
    await client.post("/api/v1/organisations", json={"name": "globex"})
    other = {"chariot-organisation": "globex"}
    await client.post("/api/v1/seeds", json={"seeds": [{"value": "globex.test"}]}, headers=other)

    assert (await client.get("/api/v1/seeds", headers=other)).json()["pagination"]["count"] == 1
    assert "globex.test" not in (await client.get("/api/v1/seeds")).text


@pytest.mark.parametrize("name", ["", "shared", "A", "a b", "-a", "a/b", "x" * 64, "a.."])
async def test_a_name_that_is_none_is_refused_by_name(client, name):
    body = await client.post("/api/v1/organisations", json={"name": name})
    header = await client.get("/api/v1/seeds", headers={"chariot-organisation": name})

    assert (body.status_code, body.json()["field"]) == (400, "name")
    assert (header.status_code, header.json()["field"]) == (400, "chariot-organisation")


async def test_a_setting_is_set_changed_and_removed(client):
    for value in ("30", "", "60"):
        answer = await client.put("/api/v1/settings/retention-days", json={"value": value})
        assert answer.json()["data"]["value"] == value
    gone = await client.delete("/api/v1/settings/retention-days")

    assert gone.json()["data"]["status"] == "gone"
    assert (await client.get("/api/v1/settings")).json()["data"] == []
    assert (await client.delete("/api/v1/settings/never-set")).status_code == 404


async def test_a_label_that_is_none_is_refused_by_name(client):
    answer = await client.put("/api/v1/settings/a%20b", json={"value": "x"})

    assert (answer.status_code, answer.json()["field"]) == (400, "label")
