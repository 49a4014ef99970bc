from datetime import timedelta
from typing import Any

import msgspec
import pytest

from chariot.model.states import Severity
from chariot.modules.audit.service import AuditRecord
from chariot.modules.detection.detector import Detector, Hit
from chariot.modules.detection.places import Places, read
from chariot.modules.detection.rules import Rule, built_in

from .test_rules import record

TABLE = read("192.0.2.0/24,52.5,13.4,Berlin\n198.51.100.0/24,40.7,-74.0,New York\n", "places.csv")


def found(detector: Detector, records: list[AuditRecord]) -> list[Hit]:
    return [hit for one in records for hit in detector.take(one)]


def series(count: int, *, every_s: float = 1.0, **fields: Any) -> list[AuditRecord]:
    first = record(**fields)
    return [
        msgspec.structs.replace(first, sequence=number + 1, at=first.at + timedelta(seconds=every_s * number))
        for number in range(count)
    ]


def names(hits: list[Hit]) -> set[str]:
    return {hit.rule.name for hit in hits}


def detector(places: Places | None = None) -> Detector:
    return Detector(built_in(), places or Places())


def test_ten_failures_at_one_account_are_brute_force_and_nine_are_not() -> None:
    records = series(10, actor="", object="#user#ann")

    assert names(found(detector(), records[:9])) == set()
    hits = found(detector(), records)
    assert names(hits) == {"brute-force"}
    assert (hits[-1].subject, hits[-1].events, hits[-1].entries) == ("#user#ann", 10, tuple(range(1, 11)))


def test_failures_that_lie_far_apart_are_none() -> None:
    assert found(detector(), series(30, every_s=1_000, actor="", object="#user#ann")) == []


def test_a_count_in_an_entry_is_counted() -> None:
    assert names(found(detector(), series(1, actor="", object="#user#ann", details={"count": "12"}))) == {
        "brute-force"
    }


def test_failures_at_many_accounts_from_one_address_are_spraying() -> None:
    records = [
        msgspec.structs.replace(one, object=f"#user#{number}")
        for number, one in enumerate(series(5, actor=""))
    ]

    (hit,) = found(detector(), records)

    assert (hit.rule.name, hit.subject, hit.evidence["different"]) == ("password-spraying", "192.0.2.1", "5")


def _given(**facts: str) -> dict[str, Any]:
    return {"actor": "user:ann", "action": "member:edit", "ending": "allowed", "details": facts}


def test_that_somebody_becomes_a_reader_is_no_incident() -> None:
    ordinary = _given(widens="yes", powerful="no", own="no", unusual="no")

    assert found(detector(), [record(**ordinary)]) == []


def test_many_who_are_given_more_within_an_hour_are_one_incident_that_names_none_of_them() -> None:
    records = [
        msgspec.structs.replace(one, object=f"#member#user:{one.sequence}")
        for one in series(20, **_given(widens="yes"))
    ]

    (hit,) = found(detector(), records)

    assert (hit.rule.name, hit.evidence["different"], "object" in hit.evidence) == (
        "privilege-spree",
        "20",
        False,
    )


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"actor": "", "action": "session:refuse", "details": {"reason": "revoked"}}, "revoked-token"),
        ({"actor": "", "action": "session:begin", "details": {"reason": "replayed"}}, "replayed-proof"),
        (_given(powerful="yes"), "privilege-change"),
        (_given(own="yes"), "own-privileges"),
        (_given(unusual="yes"), "unusual-administrator"),
        ({"actor": "schedule", "action": "audit:verify", "object": "acme", "ending": "failed"}, "audit-gap"),
    ],
)
def test_what_is_grave_needs_to_happen_once(fields: dict[str, Any], rule: str) -> None:
    assert rule in names(found(detector(), [record(**fields)]))


def test_one_key_from_two_addresses_at_once_is_reuse_and_later_it_is_not() -> None:
    one, two = series(2, action="risks:read", ending="allowed")
    elsewhere = msgspec.structs.replace(two, address="198.51.100.7")
    later = msgspec.structs.replace(elsewhere, at=one.at + timedelta(hours=1))

    assert names(found(detector(), [one, elsewhere])) == {"token-reuse"}
    assert found(detector(), [one, two]) == []
    assert found(detector(), [one, later]) == []


def test_many_exports_are_told_once_a_group_is_large_enough() -> None:
    records = series(12, actor="user:ann", action="exports:read", ending="allowed")

    hits = found(detector(), records)

    assert names(hits) == {"mass-export"}
    assert len(hits) == 3


def travel(minutes: float, address: str = "198.51.100.7") -> list[AuditRecord]:
    one = record(actor="user:ann", ending="allowed")
    return [
        one,
        msgspec.structs.replace(one, sequence=2, address=address, at=one.at + timedelta(minutes=minutes)),
    ]


def test_nobody_is_in_new_york_an_hour_after_berlin() -> None:
    (hit,) = found(detector(TABLE), travel(60))

    assert hit.rule.name == "impossible-travel"
    assert (hit.evidence["from"], hit.evidence["to"]) == ("Berlin 192.0.2.1", "New York 198.51.100.7")


def test_a_flight_is_no_threat() -> None:
    assert found(detector(TABLE), travel(600)) == []


def test_a_rule_that_cannot_tell_where_somebody_is_says_so() -> None:
    made = detector(TABLE)

    assert found(made, travel(1, "203.0.113.5")) == []
    assert made.undecided == 1


def test_memory_is_bounded_and_what_made_room_still_counts() -> None:
    rule = Rule(
        name="many", title="Many", severity=Severity.LOW, actions=("*",), at_least=5_000, within_s=86_400
    )
    made = Detector([rule], Places())

    hits = found(made, series(5_001))

    assert [hit.events for hit in hits] == [5_000, 5_001]
    assert len(hits[0].entries) == 200
