"""The rules are those of the OCSF schema for class 2002: required attributes, enumerations, constraints."""

from typing import Any

from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.formats.export.ocsf import SEVERITIES, STATUSES, Ocsf
from chariot.model.states import RiskState, Severity
from support.exports import CVE, NOW, exported_lines

REQUIRED = {
    "activity_id",
    "category_uid",
    "class_uid",
    "finding_info",
    "metadata",
    "severity_id",
    "time",
    "type_uid",
    "vulnerabilities",
}


async def events(store: SqliteEntityStore, **asked: Any) -> list[dict[str, Any]]:
    return await exported_lines(Ocsf(), store, **asked)


async def test_every_event_has_what_the_class_requires(store: SqliteEntityStore) -> None:
    found = await events(store)

    assert len(found) == 5
    assert all(event.keys() >= REQUIRED for event in found)
    assert all(event["type_uid"] == 200_200 + event["activity_id"] for event in found)
    assert {event["activity_id"] for event in found} <= {1, 2, 3}
    assert all(event["metadata"]["version"] and event["metadata"]["product"]["name"] for event in found)
    assert len({event["finding_info"]["uid"] for event in found}) == 5


async def test_a_vulnerability_is_a_cve_or_an_advisory(store: SqliteEntityStore) -> None:
    found = await events(store)

    weaknesses = [one for event in found for one in event["vulnerabilities"]]
    assert all(("cve" in one) != ("advisory" in one) for one in weaknesses)
    assert {one["advisory"]["uid"] for one in weaknesses if "advisory" in one} == {
        "weak-cipher#1",
        "leaked-key",
        "unrated",
    }


async def test_times_are_whole_milliseconds(store: SqliteEntityStore) -> None:
    found = await events(store)

    assert all(isinstance(event["time"], int) for event in found)
    assert all(
        event["finding_info"]["first_seen_time"] == int(NOW.timestamp() - 3 * 86_400) * 1_000
        for event in found
    )


async def test_what_is_known_of_a_cve_goes_in(store: SqliteEntityStore) -> None:
    (event,) = await events(store, filter="score>=90")

    (one,) = event["vulnerabilities"]
    assert one["cve"]["uid"] == CVE.id
    assert one["cve"]["cvss"] == [{"version": "3.1", "base_score": 9.8, "vector_string": CVE.cvss_vector}]
    assert one["cve"]["epss"] == {"score": "0.94000", "percentile": 0.999}
    assert one["is_exploit_available"] is True
    assert (event["severity_id"], event["status"]) == (5, "In Progress")


async def test_a_decided_risk_says_why(store: SqliteEntityStore) -> None:
    found = {event["finding_info"]["uid"]: event for event in await events(store)}

    rejected = found["#risk#domain#app.example.com#leaked-key"]
    assert (rejected["status_id"], rejected["status_detail"], rejected["activity_id"]) == (3, "a test key", 3)


def test_every_state_and_severity_has_its_number() -> None:
    assert set(STATUSES) == set(RiskState)
    assert set(SEVERITIES) == {None, *Severity}


async def test_an_empty_surface_gives_no_event(empty: SqliteEntityStore) -> None:
    assert await events(empty) == []


async def test_the_past_can_be_asked_for(store: SqliteEntityStore) -> None:
    assert await events(store, as_of=NOW.replace(year=2020)) == []
