from rest_perimeter import ORGANISATION


async def test_seeds_are_added_and_shown(client):
    body = {"seeds": [{"value": "Example.COM", "note": "ours"}, {"value": "192.0.2.0/28"}], "why": "bought"}

    answer = await client.post("/api/v1/seeds", json=body)

    assert answer.status_code == 201
    assert [one["value"] for one in answer.json()["data"]] == ["example.com", "192.0.2.0/28"]


async def test_a_seed_given_twice_is_one(client):
    answer = await client.post("/api/v1/seeds", json={"seeds": [{"value": "a.test"}, {"value": "A.test"}]})

    assert len(answer.json()["data"]) == 1


async def test_what_is_stated_counts_also_where_it_is_the_default(client):
    seed = {"value": "a.test", "depth": "deep", "deny": ["x.a.test"], "note": "ours"}
    await client.post("/api/v1/seeds", json={"seeds": [seed]})
    kept = await client.post("/api/v1/seeds", json={"seeds": [{"value": "a.test"}]})
    stated = {"value": "a.test", "depth": "normal", "deny": []}
    changed = await client.post("/api/v1/seeds", json={"seeds": [stated]})

    first, second = kept.json()["data"][0], changed.json()["data"][0]
    assert (first["depth"], first["deny"], first["note"]) == ("deep", ["x.a.test"], "ours")
    assert (second["depth"], second["deny"], second["note"]) == ("normal", [], "ours")


async def test_an_excluded_seed_leaves_and_history_says_who_and_why(client, services):
    answer = await client.delete("/api/v1/seeds/perimeter.test?why=sold")

    versions = await services.store.versions(ORGANISATION, "#seed#perimeter.test")
    assert answer.json()["data"]["status"] == "excluded"
    assert (versions.items[0].change.actor, versions.items[0].change.why) == ("local", "sold")
    assert (await client.get("/api/v1/seeds")).json()["data"] == []


async def test_an_excluded_seed_that_is_added_again_is_active(client):
    await client.delete("/api/v1/seeds/perimeter.test")

    answer = await client.post("/api/v1/seeds", json={"seeds": [{"value": "perimeter.test"}]})

    assert answer.json()["data"][0]["status"] == "active"


async def test_a_seed_that_nobody_added_cannot_be_excluded(client):
    assert (await client.delete("/api/v1/seeds/unknown.test")).status_code == 404


async def test_a_seed_that_changed_since_it_was_read_is_not_excluded(client):
    answer = await client.delete("/api/v1/seeds/perimeter.test", headers={"if-match": '"9"'})

    assert (answer.status_code, answer.json()["type"]) == (412, "/api/v1/problems/precondition")


async def test_a_repeat_with_an_idempotency_key_gives_the_first_answer(client):
    sent = {"json": {"seeds": [{"value": "a.test"}]}, "headers": {"idempotency-key": "once"}}
    first = await client.post("/api/v1/seeds", **sent)
    again = await client.post("/api/v1/seeds", **sent)

    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotency-replayed"] == "true"
