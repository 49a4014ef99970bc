import httpx
import msgspec
import pytest

from chariot.capability import Capability, Touch
from chariot.entrypoints.rest.app import create_app
from chariot.entrypoints.rest.problems import PROBLEMS
from chariot.model.kinds.network import Domain
from rest_perimeter import TOKEN


class Resolve(Capability[Domain]):
    """Look up the addresses of a name."""

    name = "resolve"
    touch = Touch.LIGHT

    async def run(self, target):
        for nothing in ():
            yield nothing


async def test_capabilities_tell_what_they_look_at_and_how_loudly(services):
    app = create_app(msgspec.structs.replace(services, capabilities=(Resolve,)))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://localhost"
    ) as client:
        answer = await client.get("/api/v1/capabilities", headers={"authorization": f"Bearer {TOKEN}"})

    (one,) = answer.json()["data"]
    assert (one["name"], one["accepts"], one["touch"]) == ("resolve", ["domain"], "light")
    assert (one["summary"], one["period_s"]) == ("Look up the addresses of a name.", 86_400)


async def test_an_empty_store_of_intelligence_says_so(client):
    assert (await client.get("/api/v1/intelligence")).json()["data"] == {"revision": 0, "feeds": []}


@pytest.mark.parametrize("row", PROBLEMS.values(), ids=lambda row: row.name)
@pytest.mark.asyncio(loop_scope="module")
async def test_the_type_of_every_problem_can_be_read(shared, row):
    _, stranger = shared
    data = (await stranger.get(row.type)).json()["data"]

    assert (data["type"], data["status"]) == (row.type, row.status)


async def test_the_description_is_served_to_everybody(stranger):
    answer = await stranger.get("/api/v1/openapi.json")

    assert answer.json()["openapi"] == "3.1.0"
