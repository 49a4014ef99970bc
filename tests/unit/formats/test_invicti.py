from chariot.formats.invicti import Invicti
from chariot.model.evidence import HttpExchange
from chariot.model.states import Severity

from .promises import FormatPromises, entities, findings, levels, sample

INVICTI = Invicti()


class TestInvictiPromises(FormatPromises):
    reader = INVICTI
    samples = ("invicti.1.json",)


def test_a_vulnerability_stands_at_its_page_with_its_certainty() -> None:
    risk = entities(INVICTI, "invicti.1.json")[
        "#risk#webapplication#https://www.perimeter.test/#invicti:CookieWithoutFlag:/auth/login"
    ]

    assert (risk.severity, risk.confidence, risk.remediation) == (Severity.MEDIUM, 90, "Set it.")
    assert [one.status for one in risk.evidence if isinstance(one, HttpExchange)] == [200]


def test_known_vulnerabilities_name_the_weakness() -> None:
    found = entities(INVICTI, "invicti.1.json")

    assert (
        found["#risk#webapplication#https://www.perimeter.test/#CVE-2099-0001"].severity is Severity.CRITICAL
    )


def test_a_false_positive_counts_and_is_no_risk() -> None:
    assert findings(INVICTI, sample("invicti.1.json")) == 3
    assert levels(entities(INVICTI, "invicti.1.json")) == {"medium": 1, "critical": 1}
