from urllib.parse import quote

import pytest

from rest_perimeter import RISK_KEY, entity_path, risk_path


async def move(client, body, **headers):
    return await client.post(risk_path("transition"), json=body, headers=headers)


async def test_a_risk_is_accepted_with_reason_and_end(client):
    answer = await move(
        client, {"state": "accepted", "reason": "behind the VPN", "until": "2999-01-01T00:00:00Z"}
    )

    data = answer.json()["data"]
    assert (data["state"], data["reason"], data["accepted_until"]) == (
        "accepted",
        "behind the VPN",
        "2999-01-01T00:00:00Z",
    )


async def test_owner_and_due_day_move_with_the_state(client):
    data = (await move(client, {"state": "open", "owner": "ann", "due_at": "2026-04-01"})).json()["data"]

    assert (data["state"], data["owner"], data["due_at"]) == ("open", "ann", "2026-04-01T00:00:00Z")


async def test_a_step_that_the_state_does_not_allow_is_a_conflict(client):
    await move(client, {"state": "remediated"})

    answer = await move(client, {"state": "accepted", "reason": "x", "until": "2999-01-01"})

    assert (answer.status_code, answer.json()["type"]) == (409, "/api/v1/problems/conflict")


async def test_a_decision_on_what_was_read_holds_only_while_it_is_so(client):
    read = (await client.get(entity_path(RISK_KEY))).headers["etag"]
    first = await move(client, {"state": "open"}, **{"if-match": read})
    late = await move(client, {"state": "remediated"}, **{"if-match": read})
    again = await move(client, {"state": "remediated"}, **{"if-match": first.headers["etag"]})

    assert [one.status_code for one in (first, late, again)] == [200, 412, 200]


async def test_a_score_is_explained_by_its_factors(client):
    data = (await client.get(risk_path("explanation"))).json()["data"]

    assert data["risk"]["key"] == RISK_KEY
    assert data["score"] == pytest.approx(sum(one["points"] for one in data["factors"]), abs=1)
    assert data["target"]["key"] == "#port#192.0.2.7#tcp#443"


async def test_a_risk_is_given_to_somebody_without_being_moved(client):
    path = f"/api/v1/risks/{quote(RISK_KEY, safe='')}"
    answer = await client.patch(path, json={"owner": "ann", "due_at": "2026-12-31T00:00:00Z"})
    cleared = await client.patch(path, json={"due_at": None})

    assert (answer.json()["data"]["owner"], answer.json()["data"]["state"]) == ("ann", "triage")
    assert answer.json()["data"]["due_at"] == "2026-12-31T00:00:00Z"
    assert (cleared.json()["data"]["owner"], cleared.json()["data"]["due_at"]) == ("ann", None)


async def test_an_assignment_of_nothing_is_refused(client):
    answer = await client.patch(f"/api/v1/risks/{quote(RISK_KEY, safe='')}", json={})

    assert (answer.status_code, answer.json()["field"]) == (400, "body")


async def test_many_risks_are_moved_and_one_that_cannot_be_hinders_none(client):
    other = RISK_KEY.replace("CVE-2023-12345", "CVE-2023-54321")
    missing = RISK_KEY + "9"
    body = {"keys": [RISK_KEY, missing, other], "state": "open", "owner": "ann"}

    moved = (await client.post("/api/v1/risks/bulk", json=body)).json()["data"]

    assert [(one["key"], one["done"]) for one in moved] == [(RISK_KEY, True), (missing, False), (other, True)]
    assert moved[1]["problem"] == "/api/v1/problems/not-found"
    listed = (await client.get("/api/v1/risks?filter=owner=ann state=open&fields=key")).json()
    assert listed["pagination"]["count"] == 2


async def test_a_bulk_move_without_a_reason_moves_nothing(client, services):
    before = await services.store.last_sequence()
    answer = await client.post("/api/v1/risks/bulk", json={"keys": [RISK_KEY], "state": "rejected"})

    assert (answer.status_code, answer.json()["field"]) == (400, "reason")
    assert await services.store.last_sequence() == before


async def test_what_changed_since_a_moment_is_told(client):
    data = (await client.get(risk_path("explanation") + "?since=2020-01-01T00:00:00Z")).json()["data"]
    without = (await client.get(risk_path("explanation"))).json()["data"]

    assert data["since"]["score"] is None
    assert data["since"]["changed_by"] == data["score"]
    assert without["since"] is None


async def test_a_moment_to_come_is_refused(client):
    answer = await client.get(risk_path("explanation") + "?since=2999-01-01")

    assert (answer.status_code, answer.json()["field"]) == (400, "since")


@pytest.mark.parametrize("by", ["weakness", "target"])
async def test_risks_are_gathered_by_what_they_have_in_common(client, by):
    data = (await client.get(f"/api/v1/risks/groups?limit=5&by={by}")).json()["data"]

    assert data["complete"]
    assert sum(group["risks"] for group in data["groups"]) == data["counted"] > 0


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "filter=nonsense%3D1", "by=owner"])
async def test_a_wrong_question_for_groups_is_refused(client, query):
    assert (await client.get(f"/api/v1/risks/groups?{query}")).status_code == 400


@pytest.mark.parametrize(
    ("label", "value", "status"),
    [("risk.weights", '{"epss": 50}', 200), ("risk.weights", '{"luck": 1}', 400), ("risk.sla", "[]", 400)],
)
async def test_a_setting_of_scores_is_checked_when_it_is_set(client, label, value, status):
    answer = await client.put(f"/api/v1/settings/{label}", json={"value": value})

    assert answer.status_code == status
