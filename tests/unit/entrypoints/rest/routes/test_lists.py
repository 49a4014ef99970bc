from datetime import timedelta

import pytest

from chariot.entrypoints.rest.shapes import plural
from chariot.model.keys import SHARED
from chariot.model.kinds.weakness import Vulnerability
from chariot.model.observations import Edit, Observations
from chariot.model.registry import KINDS, UNLISTED
from chariot.model.states import Status
from rest_perimeter import NOON, ORGANISATION, TOKEN


async def hosts(client, query=""):
    answer = await client.get(f"/api/v1/domains{query}")
    assert answer.status_code == 200, answer.text
    return [one["host"] for one in answer.json()["data"]]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in UNLISTED])
@pytest.mark.asyncio(loop_scope="module")
async def test_every_kind_has_a_list(shared, kind):
    _, client = shared
    answer = await client.get(f"/api/v1/{plural(kind)}?limit=5", headers={"authorization": f"Bearer {TOKEN}"})

    assert answer.status_code == 200
    assert set(answer.json()) == {"data", "meta", "links", "pagination"}


async def test_risks_come_with_the_worst_first(client):
    data = (await client.get("/api/v1/risks")).json()["data"]

    assert [one["score"] for one in data] == [71, 12]


async def test_a_filter_leaves_what_it_names(client):
    data = (
        await client.get("/api/v1/risks", params={"filter": "severity=high score>=50 tag.env=prod"})
    ).json()["data"]

    assert [one["weakness"] for one in data] == ["CVE-2023-12345"]


async def test_pages_follow_each_other_by_their_links(client):
    first = (await client.get("/api/v1/domains?limit=1")).json()
    second = (await client.get(first["links"]["next"])).json()

    assert [first["data"][0]["host"], second["data"][0]["host"]] == [
        "shop.perimeter.test",
        "www.perimeter.test",
    ]
    assert first["pagination"] == {
        "limit": 1,
        "count": 1,
        "cursor": first["pagination"]["cursor"],
        "has_more": True,
    }
    assert (second["links"]["next"], second["pagination"]["has_more"]) == (None, False)


async def test_a_group_holds_several_kinds(client):
    data = (await client.get("/api/v1/assets")).json()["data"]

    assert {one["kind"] for one in data} == {"domain", "address", "port"}


async def test_sparse_fields_leave_the_rest_out(client):
    data = (await client.get("/api/v1/ports?fields=number,service")).json()["data"]

    assert data == [{"key": "#port#192.0.2.7#tcp#443", "number": 443, "service": "https"}]


async def test_the_past_is_read_as_it_was(client):
    long_ago = (NOON - timedelta(days=365)).isoformat()

    answer = await client.get("/api/v1/domains", params={"as_of": long_ago})

    assert answer.json()["data"] == []


async def test_what_a_person_excluded_shows_on_demand_alone(client, surface):
    edit = Edit(actor="ann", key="#domain#shop.perimeter.test", status=Status.EXCLUDED)
    await surface.edit(ORGANISATION, [edit])

    assert await hosts(client) == ["www.perimeter.test"]
    assert await hosts(client, "?everything=true") == ["shop.perimeter.test", "www.perimeter.test"]


async def test_vulnerabilities_are_those_that_all_organisations_share(client, surface):
    batch = Observations(capability="feed", seen_at=NOON, entities=(Vulnerability(id="CVE-2023-12345"),))
    await surface.observe(SHARED, batch)

    data = (await client.get("/api/v1/vulnerabilities")).json()["data"]

    assert [(one["id"], one["organisation"]) for one in data] == [("CVE-2023-12345", "shared")]


async def test_secrets_stay_inside(client):
    text = (await client.get("/api/v1/alertrules")).text

    assert "T0K3N" not in text
    assert "s1gn1ng" not in text
    assert '"secret":["channel","signing_key"]' in text
