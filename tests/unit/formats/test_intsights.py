from chariot.formats.intsights import IntSights
from chariot.model.states import Severity

from .promises import FormatPromises, entities, findings, sample

INTSIGHTS = IntSights()


class TestIntSightsPromises(FormatPromises):
    reader = INTSIGHTS
    samples = ("intsights.1.json", "intsights.2.csv")


def test_an_alert_is_a_risk_at_each_of_its_assets() -> None:
    found = entities(INTSIGHTS, "intsights.2.csv")

    levels = {key: one.severity for key, one in found.items() if one.kind == "risk"}
    assert levels == {
        "#risk#domain#perimeter.test#intsights:HTTP headers are missing in": Severity.MEDIUM,
        "#risk#address#192.0.2.10#intsights:Ports are open on an address": Severity.LOW,
        "#risk#file#intsights/Our#intsights:Ports are open on an address": Severity.LOW,
        "#risk#file#intsights/Brand#intsights:Ports are open on an address": Severity.LOW,
    }
    assert findings(INTSIGHTS, sample("intsights.2.csv")) == 2


def test_a_closed_alert_is_an_attribute_and_a_token_is_left_out() -> None:
    found = entities(INTSIGHTS, "intsights.1.json")

    assert [one.label for one in found.values() if one.kind == "attribute"] == ["closed"]
    risk = found["#risk#domain#perimeter.test#intsights:VulnerabilityInTechnologyInUse"]
    assert risk.evidence[0].values["Source URL"] == "https://scan.example/?token=(redacted)"
