BATCH = {
    "capability": "my-scanner",
    "seen_at": "2026-03-01T13:00:00Z",
    "entities": [
        {"kind": "domain", "host": "new.perimeter.test"},
        {"kind": "address", "ip": "not an address"},
    ],
    "relationships": [
        {"type": "RESOLVES_TO", "source": "#domain#new.perimeter.test", "target": "#address#192.0.2.7"}
    ],
}


async def test_a_batch_lands_and_its_bad_item_is_refused_alone(client):
    data = (await client.post("/api/v1/observations", json=BATCH)).json()["data"]

    assert (data["created"], data["linked"]) == (1, 1)
    assert [one["place"] for one in data["refused"]] == ["entities[1]"]


async def test_the_same_batch_again_changes_nothing(client, services):
    await client.post("/api/v1/observations", json=BATCH)
    before = await services.store.last_sequence()

    data = (await client.post("/api/v1/observations", json=BATCH)).json()["data"]

    assert (data["created"], data["changed"], data["linked"], data["confirmed"]) == (0, 0, 0, 1)
    assert await services.store.last_sequence() == before


async def test_what_nobody_has_seen_for_long_is_let_go_of(client):
    # What the perimeter holds was seen long ago: it turns stale, then it leaves, then nothing is left to do.
    changed = [(await client.post("/api/v1/expiry")).json()["data"]["changed"] for _ in range(3)]

    assert [number > 0 for number in changed] == [True, True, False]
