import pytest

from chariot.formats.qualys import Qualys
from chariot.model.states import Severity

from .promises import FormatPromises, entities, findings, sample

QUALYS = Qualys()


class TestQualysPromises(FormatPromises):
    reader = QUALYS
    samples = ("qualys.1.csv", "qualys.2.xml", "qualys.3.xml", "qualys.4.xml")


@pytest.mark.parametrize(
    ("name", "severity"), [("qualys.2.xml", Severity.HIGH), ("qualys.3.xml", Severity.CRITICAL)]
)
def test_a_detection_takes_its_title_and_level_from_the_glossary_or_itself(
    name: str, severity: Severity
) -> None:
    risk = entities(QUALYS, name)["#risk#port#192.0.2.10#tcp#443#CVE-2099-0001"]

    assert (risk.title, risk.severity, risk.remediation) == (
        "Widget overflow",
        severity,
        "Install widget 2.0.",
    )


@pytest.mark.parametrize("name", ["qualys.2.xml", "qualys.3.xml"])
def test_information_is_info_whatever_its_level(name: str) -> None:
    assert entities(QUALYS, name)["#risk#address#192.0.2.10#qualys:900002"].severity is Severity.INFO


def test_a_fixed_detection_counts_and_is_no_risk() -> None:
    found = entities(QUALYS, "qualys.2.xml")

    assert findings(QUALYS, sample("qualys.2.xml")) == 3
    assert "#risk#port#192.0.2.10#tcp#8443#CVE-2099-0001" not in found
    assert "#attribute#port#192.0.2.10#tcp#8443#fixed#CVE-2099-0001" in found


def test_lines_before_the_header_are_passed_over() -> None:
    found = entities(QUALYS, "qualys.1.csv")

    assert findings(QUALYS, sample("qualys.1.csv")) == 2
    assert found["#risk#port#192.0.2.10#tcp#8080#CVE-2099-0001"].remediation == "Install widget 2.0."


def test_a_detection_without_a_glossary_is_known_by_its_number() -> None:
    risk = entities(QUALYS, "qualys.4.xml")["#risk#port#192.0.2.10#tcp#443#qualys:900001"]

    assert (risk.title, risk.severity) == ("Qualys QID 900001", Severity.MEDIUM)
