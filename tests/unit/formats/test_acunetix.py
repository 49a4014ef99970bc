from chariot.formats.acunetix import Acunetix
from chariot.model.states import Severity

from .promises import FormatPromises, entities, findings, levels, sample

ACUNETIX = Acunetix()


class TestAcunetixPromises(FormatPromises):
    reader = ACUNETIX
    samples = ("acunetix.1.xml",)


def test_an_alert_stands_at_its_path() -> None:
    risk = entities(ACUNETIX, "acunetix.1.xml")[
        "#risk#webapplication#https://www.perimeter.test/#acunetix:Form without a token:/search"
    ]

    assert (risk.severity, risk.remediation) == (Severity.MEDIUM, "Add a token.")


def test_an_address_without_a_scheme_takes_the_crawlers() -> None:
    assert "#webapplication#https://www.perimeter.test/" in entities(ACUNETIX, "acunetix.1.xml")


def test_a_cve_of_the_list_is_the_weakness() -> None:
    assert "#risk#webapplication#https://www.perimeter.test/#CVE-2099-0001" in entities(
        ACUNETIX, "acunetix.1.xml"
    )


def test_the_server_becomes_a_technology() -> None:
    assert "#technology#cpe:2.3:a:f5:nginx:1.24.0:*:*:*:*:*:*:*" in entities(ACUNETIX, "acunetix.1.xml")


def test_a_false_positive_counts_and_is_no_risk() -> None:
    assert findings(ACUNETIX, sample("acunetix.1.xml")) == 3
    assert levels(entities(ACUNETIX, "acunetix.1.xml")) == {"medium": 1, "high": 1}
