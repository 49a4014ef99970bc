from rest_perimeter import RISK_KEY, entity_path


async def test_comments_stand_in_the_order_in_which_they_were_made(client):
    for text in ("first", "second", "third"):
        assert (await client.post(entity_path(RISK_KEY, "comments"), json={"text": text})).status_code == 201

    page = (await client.get(entity_path(RISK_KEY, "comments"))).json()
    assert [(one["text"], one["author"]) for one in page["data"]] == [
        ("first", "local"),
        ("second", "local"),
        ("third", "local"),
    ]


async def test_the_same_words_twice_are_two_comments_unless_they_are_one_request(client):
    path = entity_path(RISK_KEY, "comments")
    headers = {"idempotency-key": "k"}
    for more in ({}, headers, headers):
        await client.post(path, json={"text": "again"}, headers=more)

    assert (await client.get(path)).json()["pagination"]["count"] == 2


async def test_a_comment_is_about_something(client):
    path = entity_path("#domain#nobody.test", "comments")

    assert (await client.post(path, json={"text": "x"})).status_code == 404
    assert (await client.get(path)).status_code == 404


async def test_an_empty_comment_is_refused_by_name(client):
    answer = await client.post(entity_path(RISK_KEY, "comments"), json={"text": ""})

    assert (answer.status_code, answer.json()["field"]) == (400, "text")


async def test_a_sighting_writes_no_comment(client):
    batch = {
        "capability": "x",
        "seen_at": "2026-01-01T00:00:00Z",
        "entities": [{"kind": "comment", "about": RISK_KEY, "id": "a", "text": "forged", "author": "ann"}],
    }
    written = (await client.post("/api/v1/observations", json=batch)).json()["data"]

    assert [one["place"] for one in written["refused"]] == ["entities[0]"]
    assert (await client.get(entity_path(RISK_KEY, "comments"))).json()["data"] == []
