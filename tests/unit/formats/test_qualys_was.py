import re

import pytest

from chariot.formats.qualys_was import QualysWas
from chariot.model.evidence import HttpExchange
from chariot.model.states import Severity

from .promises import FormatPromises, entities, findings, levels, parsed, sample

QUALYSWAS = QualysWas()


class TestQualysWasPromises(FormatPromises):
    reader = QUALYSWAS
    samples = ("qualys-was.1.xml", "qualys-was.2.csv")


@pytest.mark.parametrize("name", ["qualys-was.1.xml", "qualys-was.2.csv"])
def test_a_vulnerability_stands_at_its_page(name: str) -> None:
    risk = entities(QUALYSWAS, name)[
        "#risk#webapplication#https://www.perimeter.test/#qualys-was:150001:/login"
    ]

    assert (risk.title, risk.severity, risk.remediation) == ("Script in a field", Severity.HIGH, "Escape it.")


def test_an_ignored_one_counts_and_is_no_risk() -> None:
    found = entities(QUALYSWAS, "qualys-was.1.xml")

    assert findings(QUALYSWAS, sample("qualys-was.1.xml")) == 3
    assert levels(found) == {"high": 1, "info": 1}


def test_information_without_an_address_stands_at_the_scanned_application() -> None:
    assert "#risk#webapplication#https://www.perimeter.test/#qualys-was:6" in entities(
        QUALYSWAS, "qualys-was.1.xml"
    )


def test_information_of_a_scan_without_findings_stands_at_the_scan() -> None:
    whole = re.sub(
        b"<VULNERABILITY_LIST>.*</VULNERABILITY_LIST>", b"", sample("qualys-was.1.xml"), flags=re.DOTALL
    )

    keys = {one.key for item in parsed(QUALYSWAS, whole) for one in item.entities}

    assert "#risk#file#qualys-was/perimeter 2026#qualys-was:6" in keys


def test_a_payload_becomes_an_exchange() -> None:
    found = entities(QUALYSWAS, "qualys-was.1.xml")
    risk = found["#risk#webapplication#https://www.perimeter.test/#qualys-was:150001:/login"]

    assert [(one.method, one.response_body) for one in risk.evidence if isinstance(one, HttpExchange)] == [
        ("POST", "hello")
    ]
