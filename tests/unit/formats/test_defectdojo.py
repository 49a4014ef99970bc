from datetime import UTC, datetime

from chariot.formats.defectdojo import DefectDojo
from chariot.model.evidence import Table
from chariot.model.states import RiskState, Severity

from .promises import FormatPromises, entities, findings, sample

DEFECTDOJO = DefectDojo()


class TestDefectDojoPromises(FormatPromises):
    reader = DEFECTDOJO
    samples = ("defectdojo.1.json", "defectdojo.2.csv")


def test_a_verified_finding_is_open_at_its_endpoint_with_its_notes() -> None:
    risk = entities(DEFECTDOJO, "defectdojo.1.json")[
        "#risk#webapplication#https://www.perimeter.test:8443/#CVE-2099-0001"
    ]

    assert (risk.state, risk.severity) == (RiskState.OPEN, Severity.CRITICAL)
    assert [one.rows for one in risk.evidence if isinstance(one, Table)] == [
        (("ada", "2026-03-02", "Looked at it."),)
    ]


def test_an_acceptance_keeps_its_words_and_its_end() -> None:
    risk = entities(DEFECTDOJO, "defectdojo.1.json")["#risk#file#src/web.py#defectdojo:Cookie without a flag"]

    assert (risk.state, risk.reason) == (RiskState.ACCEPTED, "known: until the rewrite: ada")
    assert risk.accepted_until == datetime(2027, 1, 1, tzinfo=UTC)


def test_a_false_positive_is_rejected() -> None:
    risk = entities(DEFECTDOJO, "defectdojo.1.json")["#risk#file#defectdojo/widget#defectdojo:Was nothing"]

    assert risk.state is RiskState.REJECTED


def test_a_mitigated_row_is_remediated_at_each_endpoint() -> None:
    found = entities(DEFECTDOJO, "defectdojo.2.csv")

    assert (
        found["#risk#port#192.0.2.10#tcp#80#defectdojo:Cookie without a flag"].state is RiskState.REMEDIATED
    )
    assert "#risk#domain#www.perimeter.test#defectdojo:Cookie without a flag" in found
    assert findings(DEFECTDOJO, sample("defectdojo.2.csv")) == 2
