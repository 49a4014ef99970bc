import pytest

from chariot.model.keys import Organisation
from chariot.modules.work.messages import Message
from rest_perimeter import ORGANISATION


def message(number, organisation=ORGANISATION):
    return Message(
        queue="scan", id=f"m{number}", organisation=organisation, order_key=f"k{number}", body=b"s3cr3t body"
    )


@pytest.fixture
async def buried(bus):
    """Three dead letters of ours, and one of another organisation."""
    await bus.publish([*(message(number) for number in range(3)), message(9, Organisation("other"))])
    for delivery in await bus.lease("scan", limit=10, lease_s=30, owner="w"):
        await bus.bury(delivery, "the tool crashed")


async def test_queues_tell_how_full_they_are(client, buried):
    (queue,) = (await client.get("/api/v1/queues")).json()["data"]

    assert (queue["queue"], queue["dead"], queue["waiting"]) == ("scan", 3, 0)


async def test_dead_letters_tell_why_in_pages(client, buried):
    first = (await client.get("/api/v1/queues/dead-letters?limit=2")).json()
    second = (await client.get(first["links"]["next"])).json()

    letters = first["data"] + second["data"]
    assert {one["id"] for one in letters} == {"m0", "m1", "m2"}
    assert {one["error"] for one in letters} == {"the tool crashed"}
    assert second["pagination"]["has_more"] is False


async def test_the_body_of_a_dead_letter_stays_inside(client, buried):
    assert "s3cr3t" not in (await client.get("/api/v1/queues/dead-letters")).text


async def test_a_replayed_letter_waits_again(client, buried):
    letters = (await client.get("/api/v1/queues/dead-letters")).json()["data"]
    numbers = [one["number"] for one in letters[:2]]

    answer = await client.post("/api/v1/queues/dead-letters/replay", json={"numbers": [*numbers, "999999"]})

    (queue,) = (await client.get("/api/v1/queues")).json()["data"]
    assert answer.json()["data"] == {"replayed": 2}
    assert (queue["waiting"], queue["dead"]) == (2, 1)
