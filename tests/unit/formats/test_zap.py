from chariot.formats.zap import Zap
from chariot.model.evidence import HttpExchange, Table
from chariot.model.states import Severity

from .promises import FormatPromises, entities, findings, levels, sample

ZAP = Zap()


class TestZapPromises(FormatPromises):
    reader = ZAP
    samples = ("zap.1.xml", "zap.2.json")


def test_an_alert_is_one_finding_with_its_instances_as_a_table() -> None:
    found = entities(ZAP, "zap.1.xml")

    risk = found["#risk#webapplication#https://www.perimeter.test:8443/#zap:10011"]
    assert (risk.severity, risk.confidence, risk.remediation) == (Severity.LOW, 60, "Set the flag.")
    assert [len(piece.rows) for piece in risk.evidence if isinstance(piece, Table)] == [2]
    assert [piece.status for piece in risk.evidence if isinstance(piece, HttpExchange)] == [200]


def test_markup_becomes_text() -> None:
    risk = entities(ZAP, "zap.1.xml")["#risk#webapplication#https://www.perimeter.test:8443/#zap:10011"]

    assert risk.evidence[0].values["description"] == "A cookie without the flag.\nAnyone may read it."


def test_a_named_cve_is_the_weakness() -> None:
    assert "#risk#webapplication#https://www.perimeter.test:8443/#CVE-2099-0001" in entities(ZAP, "zap.1.xml")


def test_a_false_positive_counts_and_is_no_risk() -> None:
    found = entities(ZAP, "zap.1.xml")

    assert findings(ZAP, sample("zap.1.xml")) == 3
    assert levels(found) == {"low": 1, "high": 1}
    assert "#attribute#webapplication#https://www.perimeter.test:8443/#false-positive#zap:90002" in found


def test_xml_and_json_agree_on_the_key() -> None:
    assert "#risk#webapplication#https://www.perimeter.test:8443/#zap:10011" in entities(ZAP, "zap.2.json")
