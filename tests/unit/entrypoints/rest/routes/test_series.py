import pytest


async def series(client, query):
    return (await client.get(f"/api/v1/statistics/series?{query}")).json()["data"]


async def test_the_last_moment_is_now(client):
    found = await series(client, "kind=risks&by=severity&since=3d")

    assert {line["value"]: line["counts"][-1] for line in found["lines"]} == {"high": 1, "low": 1}
    assert [line["counts"][:-1] for line in found["lines"]] == [[0, 0, 0]] * 2
    assert len(found["moments"]) == 4


async def test_what_states_nothing_has_the_default(client):
    found = await series(client, "by=state&since=1d")

    assert [line["value"] for line in found["lines"]] == ["triage"]


async def test_what_is_not_decided_yet_is_counted_under_null(client):
    found = await series(client, "by=decision&since=1d")

    assert [line["value"] for line in found["lines"]] == [None]


async def test_a_group_is_counted_by_kind(client):
    found = await series(client, "kind=assets&since=1h&interval=hour")

    assert {line["value"]: line["counts"][-1] for line in found["lines"]} == {
        "address": 1,
        "domain": 2,
        "port": 1,
    }


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("kind=planets", "kind"),
        ("by=title", "by"),
        ("by=planet", "by"),
        ("kind=assets&by=severity", "by"),
        ("since=soon", "since"),
        ("since=2026-02-01&until=2026-01-01", "since"),
        ("since=52w&interval=hour", "since"),
        ("interval=minute", "interval"),
    ],
)
async def test_a_series_that_cannot_be_is_refused_by_name(client, query, field):
    answer = await client.get(f"/api/v1/statistics/series?{query}")

    assert (answer.status_code, answer.json()["field"]) == (400, field)


async def test_unresolved_risks_are_counted_by_what_calls_for_something(client):
    found = (await client.get("/api/v1/statistics/risks")).json()["data"]

    assert found["total"] == 2
    assert found["by_decision"] == {"undecided": 2}
    assert found["by_severity"] == {"high": 1, "low": 1}
    assert [(age["from_days"], age["below_days"]) for age in found["by_age"]] == [
        (0, 7),
        (7, 30),
        (30, 90),
        (90, None),
    ]
    assert sum(age["risks"] for age in found["by_age"]) == 2
