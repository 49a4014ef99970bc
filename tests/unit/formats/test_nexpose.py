from chariot.formats.nexpose import Nexpose
from chariot.model.states import Severity

from .promises import FormatPromises, entities, findings, levels, sample

NEXPOSE = Nexpose()


class TestNexposePromises(FormatPromises):
    reader = NEXPOSE
    samples = ("nexpose.1.xml",)


def test_a_test_takes_its_words_from_the_definition_behind_it() -> None:
    risk = entities(NEXPOSE, "nexpose.1.xml")["#risk#port#192.0.2.10#tcp#443#CVE-2099-0001"]

    assert (risk.title, risk.severity, risk.confidence) == ("Widget overflow", Severity.CRITICAL, 50)
    assert risk.remediation == "Install widget 2.0."


def test_the_lowest_severity_without_a_score_is_info() -> None:
    assert (
        entities(NEXPOSE, "nexpose.1.xml")["#risk#address#192.0.2.10#nexpose:clock-ticks"].severity
        is Severity.INFO
    )


def test_only_vulnerable_tests_count_and_exceptions_are_no_risk() -> None:
    found = entities(NEXPOSE, "nexpose.1.xml")

    assert findings(NEXPOSE, sample("nexpose.1.xml")) == 3
    assert "#attribute#address#192.0.2.10#excepted#CVE-2099-0001" in found
    assert levels(found) == {"info": 1, "critical": 1}


def test_fingerprints_become_technologies() -> None:
    assert "#technology#cpe:2.3:a:f5:nginx:1.24.0:*:*:*:*:*:*:*" in entities(NEXPOSE, "nexpose.1.xml")
