from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from chariot.errors import InvalidError
from chariot.model.kinds.weakness import Technology
from chariot.model.kinds.work import Attribute
from chariot.model.records import Edge
from chariot.model.relationships import RelationshipType
from chariot.modules.intel.answers import Match, Probe, State
from chariot.modules.risk.finding import (
    CVES_IN_ONE,
    Present,
    open_questions,
    present_now,
    read_present,
    remediation,
)

PORT = "#port#192.0.2.7#tcp#443"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(version: str, *, last_seen: datetime = NOON, origins: tuple[str, ...] = ("http",), product="widget"):
    technology = Technology(cpe=f"cpe:2.3:a:acme:{product}:{version}:*:*:*:*:*:*:*", version=version)
    return (
        Edge(
            type=RelationshipType.HAS_TECHNOLOGY,
            source=PORT,
            target=technology.key,
            first_seen=NOON,
            last_seen=last_seen,
            origins=origins,
        ),
        technology,
    )


def versions(found: tuple[Present, ...]) -> list[str]:
    return sorted(one.cpe.version for one in found)


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([at("1.0"), at("2.0")], ["1.0", "2.0"]),
        ([at("1.0"), at("2.0", last_seen=NOON + timedelta(seconds=30))], ["1.0", "2.0"]),
        ([at("1.0"), at("2.0", last_seen=NOON + timedelta(hours=1))], ["2.0"]),
        ([at("1.0"), at("2.0", last_seen=NOON + timedelta(hours=1), origins=("ssh",))], ["1.0", "2.0"]),
        ([at("1.0"), at("2.0", last_seen=NOON + timedelta(hours=1), product="gadget")], ["1.0", "2.0"]),
        ([at("*"), at("1.0")], ["1.0"]),
        ([at("*"), at("1.0", product="gadget")], ["*", "1.0"]),
    ],
)
def test_what_runs_there_now_is_what_was_seen_last(pairs, expected):
    assert versions(present_now(read_present(*pair) for pair in pairs)) == expected


def held(version: str, *, last_seen: datetime = NOON):
    listed = Attribute(owner=PORT, label="package", value=f"pkg:npm/lib{version and '@'}{version}")
    edge = msgspec.structs.replace(
        at("1.0")[0], type=RelationshipType.HAS_ATTRIBUTE, target=listed.key, last_seen=last_seen
    )
    return read_present(edge, listed)


def test_a_package_may_be_there_in_several_versions_at_once():
    found = present_now([held("1.0.0"), held("2.0.0"), held("")])

    assert sorted(one.name for one in found) == ["lib 1.0.0", "lib 2.0.0"]


def test_a_package_that_a_later_list_has_in_another_version_is_replaced():
    found = present_now([held("1.0.0"), held("2.0.0", last_seen=NOON + timedelta(days=1))])

    assert [one.name for one in found] == ["lib 2.0.0"]


def test_a_name_that_cannot_be_read_is_refused():
    with pytest.raises(InvalidError):
        read_present(*at("1=0"))


@pytest.mark.parametrize(
    ("criterion", "words"),
    [
        ("cpe:x (from 1.0, before 1.20.1)", "Update widget to 1.20.1 or later."),
        ("cpe:x (up to 1.20)", "Update widget to a version after 1.20."),
        ("cpe:x", "Update widget to its newest version; the feed names no first mended one."),
    ],
)
def test_the_remediation_names_the_first_mended_version(criterion, words):
    found = read_present(*at("1.0"))

    assert remediation(found, Match("CVE-2024-1000", State.AFFECTED, "", 0.9, criterion)) == words


def test_many_open_cves_are_said_in_several_attributes():
    one = read_present(*at("*"))
    probe = Probe("version", "find out the version")
    unknown = [
        (one, Match(f"CVE-2024-{number}", State.CANNOT_TELL, "", 0.5, "", probe))
        for number in range(1000, 1250)
    ]

    questions = list(open_questions(PORT, unknown))

    assert len(questions) == 3
    assert questions[0].value.count("CVE-") == CVES_IN_ONE
