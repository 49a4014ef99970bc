from urllib.parse import quote

import httpx
import msgspec
import pytest

from chariot.adapters.graph_memory.graph import MemoryGraph
from chariot.entrypoints.rest.app import create_app
from chariot.modules.graph.service import GraphService
from rest_perimeter import ORGANISATION, TOKEN
from support.graphs import DEPLOY_KEY, SEED, SHOP, SHOP_HOST, SHOP_RISK, VAULT, tell

PASSWORD = "tintenfass rollt bergab"
HEADERS = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture
async def client(services):
    async def graph() -> GraphService:
        return GraphService(MemoryGraph(services.store), services.store)

    await tell(services.surface, ORGANISATION)
    app = create_app(msgspec.structs.replace(services, graph=graph))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1:8642", headers=HEADERS
    ) as known:
        yield known


def at(entity, question: str) -> str:
    return f"/api/v1/graph/entities/{quote(entity.key, safe='')}/{question}"


async def data(client, path: str):
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def test_a_path_is_told_with_its_reasons_and_fixes(client):
    (path,) = (await data(client, "/api/v1/graph/paths"))["paths"]

    assert (path["target"], path["steps"][-1]["target"]) == (VAULT.key, VAULT.key)
    assert path["steps"][1]["risks"] == [SHOP_RISK.key]
    assert path["steps"][1]["fix"]["words"] == "Update httpd to 2.4.51 (at https://192.0.2.7/)."


async def test_paths_to_one_target_are_asked_for_by_its_key(client):
    found = await data(client, f"/api/v1/graph/paths?k=3&target={quote(DEPLOY_KEY.key, safe='')}")

    assert [target["key"] for target in found["targets"]] == [DEPLOY_KEY.key]


async def test_the_plan_says_what_closes_most(client):
    plan = await data(client, "/api/v1/graph/fix-plan?steps=1")

    assert [(step["fix"]["kind"], step["closed"]) for step in plan["steps"]] == [("mend", 1.0)]


async def test_an_asset_has_a_blast_radius_a_position_and_a_neighbourhood(client):
    blast = await data(client, at(SHOP_HOST, "blast-radius?limit=1"))
    position = await data(client, at(SHOP_HOST, "position"))
    near = await data(client, at(SHOP_HOST, "neighbourhood?hops=2"))

    assert (blast["held"]["credential"], len(blast["places"])) == (1, 1)
    assert position["leads_to_critical"]
    assert near["keys"][0] == SHOP_HOST.key


async def test_who_sees_a_part_is_told_of_that_part_and_why_not_of_what_something_hidden_may_keep(client):
    role = {"permissions": ["entities:read"], "netblocks": [f"{SHOP_HOST.ip}/32"]}
    await client.put("/api/v1/roles/shop", json=role)
    added = await client.post("/api/v1/users", json={"user": "bob", "roles": ["shop"]})
    invited = {"user": "bob", "code": added.json()["data"]["code"], "password": PASSWORD}
    signed_in = await client.post("/api/v1/signin/invitation", json=invited)
    bob = {"authorization": f"Bearer {signed_in.json()['data']['token']}"}

    near = await client.get(at(SHOP_HOST, "neighbourhood?hops=2"), headers=bob)
    far = await client.get(at(VAULT, "neighbourhood"), headers=bob)
    paths = await client.get("/api/v1/graph/paths", headers=bob)
    plan = await client.get("/api/v1/graph/fix-plan", headers=bob)
    keystones = await client.get("/api/v1/graph/keystones", headers=bob)

    everything = (await data(client, at(SHOP_HOST, "neighbourhood?hops=2")))["keys"]
    assert near.status_code == 200
    assert set(near.json()["data"]["keys"]) < set(everything)
    assert far.status_code == 404
    assert [one["target"] for one in paths.json()["data"]["paths"]] == [SHOP_HOST.key]
    assert [one["key"] for one in plan.json()["data"]["targets"]] == [SHOP_HOST.key]
    assert VAULT.key not in paths.text + plan.text
    assert keystones.status_code == 403
    assert "needs all of it, because" in keystones.json()["detail"]


async def test_what_leaves_with_a_seed_is_previewed(client):
    answer = await client.post("/api/v1/graph/prune-preview", json={"keys": [SEED.key], "limit": 1})
    keystones = await data(client, "/api/v1/graph/keystones?limit=1")

    pruned = answer.json()["data"]
    assert answer.status_code == 200
    assert keystones == [{"key": SEED.key, "carries": sum(pruned["leaves"].values())}]
    assert (await data(client, at(SHOP, "position")))["likelihood"] > 0


async def test_the_past_is_asked_for_by_its_moment(client):
    assert (await data(client, "/api/v1/graph/paths?as_of=2001-01-01"))["paths"] == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/graph/paths?target=nonsense", 400),
        ("/api/v1/graph/paths?k=0", 400),
        ("/api/v1/graph/paths?as_of=whenever", 400),
        ("/api/v1/graph/fix-plan?steps=101", 400),
        ("/api/v1/graph/paths?target=%23domain%23nobody.example", 404),
        ("/api/v1/graph/entities/%23domain%23nobody.example/blast-radius", 404),
        ("/api/v1/graph/entities/%23domain%23nobody.example/neighbourhood?hops=11", 400),
    ],
)
async def test_wrong_questions_are_refused(client, path, status):
    answer = await client.get(path)

    assert answer.status_code in {status, 422 if status == 400 else status}
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_server_without_a_graph_says_so(services):
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=create_app(services)),
        base_url="http://127.0.0.1:8642",
        headers=HEADERS,
    ) as plain:
        answer = await plain.get("/api/v1/graph/keystones")

    assert answer.status_code == 503
