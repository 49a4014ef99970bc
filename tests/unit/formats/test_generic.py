from chariot.formats.generic import Generic
from chariot.model.states import RiskState

from .promises import FormatPromises, decided, entities, findings, parsed, sample

GENERIC = Generic()


class TestGenericPromises(FormatPromises):
    reader = GENERIC
    samples = ("generic.1.json", "generic.2.csv")


def test_a_finding_stands_at_each_endpoint() -> None:
    found = entities(GENERIC, "generic.1.json")

    targets = {
        one.target
        for one in found.values()
        if one.kind == "risk" and one.weakness == "generic:Widget overflows"
    }
    assert targets == {
        "#webapplication#https://www.perimeter.test/",
        "#port#192.0.2.10#tcp#80",
        "#domain#shop.perimeter.test",
    }
    assert findings(GENERIC, sample("generic.1.json")) == 3


def test_another_version_in_the_title_is_the_same_finding() -> None:
    whole = sample("generic.1.json").replace(b"Widget 1.9.2 overflows", b"Widget 1.10.0-rc1 overflows")

    keys = {one.key for item in parsed(GENERIC, whole) for one in item.entities}

    assert keys == set(entities(GENERIC, "generic.1.json"))


def test_an_advisory_is_written_in_one_way_and_stands_at_its_file() -> None:
    assert "#risk#file#src/app.py#GHSA-aaaa-bbbb-cccc" in entities(GENERIC, "generic.1.json")


def test_a_row_keeps_its_status() -> None:
    found = decided(GENERIC, "generic.2.csv")

    assert (
        found["#risk#webapplication#https://www.perimeter.test/#generic:Widget, old"].state
        is RiskState.REJECTED
    )


def test_an_endpoint_that_cannot_be_read_loses_no_finding() -> None:
    assert "#risk#file#findings#generic:No endpoint that reads" in entities(GENERIC, "generic.2.csv")
