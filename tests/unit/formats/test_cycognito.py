from chariot.formats.cycognito import CyCognito
from chariot.model.states import Severity

from .promises import FormatPromises, entities, findings, sample

CYCOGNITO = CyCognito()


class TestCyCognitoPromises(FormatPromises):
    reader = CYCOGNITO
    samples = ("cycognito.1.json",)


def test_an_issue_is_a_risk_at_its_port_or_web_application() -> None:
    found = entities(CYCOGNITO, "cycognito.1.json")

    assert found["#risk#port#192.0.2.10#tcp#22#CVE-2099-0001"].severity is Severity.MEDIUM
    web = "#risk#webapplication#https://www.perimeter.test:8443/#cycognito:Login without limits"
    assert found[web].severity is Severity.CRITICAL
    assert findings(CYCOGNITO, sample("cycognito.1.json")) == 3


def test_a_resolved_issue_is_an_attribute() -> None:
    found = entities(CYCOGNITO, "cycognito.1.json")

    assert [one.label for one in found.values() if one.kind == "attribute"] == ["fixed"]
    assert not [key for key in found if key.startswith("#risk#domain#")]
