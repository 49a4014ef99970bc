import pytest

from rest_perimeter import RISK_KEY, entity_path

WWW = "#domain#www.perimeter.test"


async def test_tags_are_set_and_taken_off_and_history_tells_who(client):
    await client.patch(entity_path(WWW), json={"tags": {"team": "shop"}})

    answer = await client.patch(entity_path(WWW), json={"tags": {"team": None, "tier": "1"}, "why": "moved"})

    assert answer.json()["data"]["tags"] == {"env": "prod", "tier": "1"}
    newest = (await client.get(entity_path(WWW, "versions"))).json()["data"][0]
    assert (newest["actor"], newest["why"], newest["fields"]) == ("local", "moved", ["tags"])


async def test_an_entity_can_be_excluded_and_leaves_the_list(client):
    answer = await client.patch(entity_path(WWW), json={"status": "excluded"})

    assert answer.json()["data"]["status"] == "excluded"
    names = [one["name"] for one in (await client.get("/api/v1/domains")).json()["data"]]
    assert "www.perimeter.test" not in names


async def test_nobody_overwrites_what_they_have_not_seen(client):
    tag = (await client.get(entity_path(WWW))).headers["etag"]
    first = await client.patch(entity_path(WWW), json={"tags": {"a": "1"}}, headers={"if-match": tag})
    second = await client.patch(entity_path(WWW), json={"tags": {"a": "2"}}, headers={"if-match": tag})
    third = await client.patch(
        entity_path(WWW), json={"tags": {"a": "3"}}, headers={"if-match": first.headers["etag"]}
    )

    assert [one.status_code for one in (first, second, third)] == [200, 412, 200]


async def test_an_etag_of_a_compressed_answer_is_one(client):
    long = "x" * 400
    await client.patch(entity_path(WWW), json={"tags": dict.fromkeys("abcd", long)})
    answer = await client.get(entity_path(WWW), headers={"accept-encoding": "gzip"})
    tag = answer.headers["etag"]

    assert answer.headers["content-encoding"] == "gzip"
    assert (await client.get(entity_path(WWW), headers={"if-none-match": tag})).status_code == 304
    changed = await client.patch(entity_path(WWW), json={"tags": {"a": "1"}}, headers={"if-match": tag})
    assert changed.status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"why": "no reason"}, "body"),
        ({"status": "lost"}, "status"),
        ({"tags": {"a": 1}}, "tags[...]"),
        ({"tags": {"a b": "1"}}, "tags"),
        ({"tags": {"a": "x\ny"}}, "tags"),
        ({"name": "other"}, "name"),
    ],
)
async def test_a_change_that_is_none_is_refused_by_name(client, services, body, field):
    before = await services.store.last_sequence()

    answer = await client.patch(entity_path(WWW), json=body)

    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert await services.store.last_sequence() == before


@pytest.mark.parametrize("key", ["#apikey#abc", "#setting#a", "#alertrule#on-call", "#job#dns#domain#a.test"])
async def test_what_the_platform_goes_by_is_not_changed_here(client, key):
    answer = await client.patch(entity_path(key), json={"status": "active"})

    assert (answer.status_code, answer.json()["field"]) == (400, "key")


async def test_a_risk_may_be_tagged(client):
    answer = await client.patch(entity_path(RISK_KEY), json={"tags": {"sprint": "12"}})

    assert answer.json()["data"]["tags"]["sprint"] == "12"


async def test_what_is_not_there_is_not_changed(client):
    answer = await client.patch(entity_path("#domain#nobody.test"), json={"tags": {"a": "1"}})

    assert answer.status_code == 404
