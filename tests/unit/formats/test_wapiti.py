import pytest

from chariot.formats.wapiti import Wapiti
from chariot.model.states import Severity

from .promises import FormatPromises, entities, findings, levels, sample

WAPITI = Wapiti()


class TestWapitiPromises(FormatPromises):
    reader = WAPITI
    samples = ("wapiti.1.xml", "wapiti.2.json")


@pytest.mark.parametrize("name", ["wapiti.1.xml", "wapiti.2.json"])
def test_an_entry_stands_at_its_path(name: str) -> None:
    risk = entities(WAPITI, name)[
        "#risk#webapplication#https://www.perimeter.test/#wapiti:Query in a query:/login"
    ]

    assert (risk.severity, risk.remediation) == (Severity.HIGH, "Bind the values.")


def test_a_fingerprint_is_a_technology_and_no_risk() -> None:
    found = entities(WAPITI, "wapiti.1.xml")

    assert "#technology#cpe:2.3:a:f5:nginx:1.24.0:*:*:*:*:*:*:*" in found
    assert levels(found) == {"high": 1, "medium": 1}


def test_every_entry_counts() -> None:
    assert (findings(WAPITI, sample("wapiti.1.xml")), findings(WAPITI, sample("wapiti.2.json"))) == (3, 1)


def test_a_report_that_does_not_name_its_tool_is_known_by_its_form() -> None:
    head = b'<report type="security"><report_infos><info name="target">http://a.test/</info></report_infos></report>'

    assert Wapiti().sniff(head) > 0
