from datetime import UTC, datetime

from chariot.formats.defectdojo import DefectDojo
from chariot.model.evidence import Table
from chariot.model.states import RiskState, Severity

from .promises import FormatPromises, decided, entities, findings, sample

DEFECTDOJO = DefectDojo()


class TestDefectDojoPromises(FormatPromises):
    reader = DEFECTDOJO
    samples = ("defectdojo.1.json", "defectdojo.2.csv")


def test_a_verified_finding_is_open_at_its_endpoint_with_its_notes() -> None:
    risk = entities(DEFECTDOJO, "defectdojo.1.json")[
        "#risk#webapplication#https://www.perimeter.test:8443/#CVE-2099-0001"
    ]

    assert (risk.state, risk.severity) == (RiskState.TRIAGE, Severity.CRITICAL)
    assert decided(DEFECTDOJO, "defectdojo.1.json")[risk.key].state is RiskState.OPEN
    assert [one.rows for one in risk.evidence if isinstance(one, Table)] == [
        (("ada", "2026-03-02", "Looked at it."),)
    ]


def test_an_acceptance_keeps_its_words_and_its_end() -> None:
    told = decided(DEFECTDOJO, "defectdojo.1.json")["#risk#file#src/web.py#defectdojo:Cookie without a flag"]

    assert (told.state, told.reason) == (RiskState.ACCEPTED, "known: until the rewrite: ada")
    assert told.until == datetime(2027, 1, 1, tzinfo=UTC)


def test_a_false_positive_is_rejected() -> None:
    told = decided(DEFECTDOJO, "defectdojo.1.json")["#risk#file#defectdojo/widget#defectdojo:Was nothing"]

    assert told.state is RiskState.REJECTED


def test_a_mitigated_row_is_remediated_at_each_endpoint() -> None:
    found = entities(DEFECTDOJO, "defectdojo.2.csv")

    port = "#risk#port#192.0.2.10#tcp#80#defectdojo:Cookie without a flag"
    assert decided(DEFECTDOJO, "defectdojo.2.csv")[port].state is RiskState.REMEDIATED
    assert "#risk#domain#www.perimeter.test#defectdojo:Cookie without a flag" in found
    assert findings(DEFECTDOJO, sample("defectdojo.2.csv")) == 2
