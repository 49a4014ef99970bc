from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from chariot.model.kinds.candidate import Candidate, Clue
from chariot.model.observations import Observations
from rest_perimeter import ORGANISATION

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CANDIDATE = Candidate(
    about="#domain#example.net",
    confidence=66,
    clues=(Clue("same-name", "example.net", "example", "#domain#www.example.com", 55),),
)
DECISION = f"/api/v1/candidates/{quote(CANDIDATE.key, safe='')}/decision"


@pytest.fixture
async def waiting(client, services):
    weak = Candidate(about="#domain#weak.example", confidence=21)
    await services.surface.observe(
        ORGANISATION, Observations(capability="ownership", seen_at=NOW, entities=(CANDIDATE, weak))
    )
    return client


async def test_candidates_are_listed_with_their_clues_the_likeliest_first(waiting):
    answer = await waiting.get("/api/v1/candidates?filter=standing%3Dcandidate&sort=-confidence")

    first, second = answer.json()["data"]
    assert (first["about"], second["about"]) == ("#domain#example.net", "#domain#weak.example")
    assert first["clues"] == [
        {
            "kind": "same-name",
            "datum": "example.net",
            "term": "example",
            "via": "#domain#www.example.com",
            "weight": 55,
        }
    ]


async def test_approving_makes_a_seed(waiting):
    answer = await waiting.post(DECISION, json={"standing": "approved", "reason": "bought"})

    seeds = (await waiting.get("/api/v1/seeds")).json()["data"]
    assert answer.json()["data"]["standing"] == "approved"
    assert "example.net" in [seed["value"] for seed in seeds]


async def test_rejecting_needs_a_reason_and_keeps_it(waiting):
    refused = await waiting.post(DECISION, json={"standing": "excluded"})
    answer = await waiting.post(DECISION, json={"standing": "excluded", "reason": "a namesake"})

    assert (refused.status_code, answer.status_code) == (400, 200)
    assert answer.json()["data"]["reason"] == "a namesake"


async def test_the_same_decision_twice_is_a_conflict(waiting):
    await waiting.post(DECISION, json={"standing": "approved"})

    assert (await waiting.post(DECISION, json={"standing": "approved"})).status_code == 409


@pytest.mark.parametrize(
    ("key", "body", "status"),
    [
        ("#candidate#domain#nobody.example", {"standing": "approved"}, 404),
        ("#domain#example.net", {"standing": "approved"}, 400),
        (CANDIDATE.key, {"standing": "mine"}, 400),
    ],
)
async def test_what_cannot_be_decided_is_refused(waiting, key, body, status):
    answer = await waiting.post(f"/api/v1/candidates/{quote(key, safe='')}/decision", json=body)

    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("application/problem+json")


async def test_where_something_stands_is_told(waiting):
    answer = await waiting.get(f"/api/v1/inventory/{quote('#domain#www.perimeter.test', safe='')}")

    data = answer.json()["data"]
    assert (data["standing"], data["why"]) == (
        "approved",
        "www.perimeter.test belongs to the seed perimeter.test",
    )
    assert data["last_seen"] in ("active", "expiring", "inactive")


async def test_what_is_not_there_stands_nowhere(waiting):
    answer = await waiting.get(f"/api/v1/inventory/{quote('#domain#nobody.example', safe='')}")

    assert answer.status_code == 404
