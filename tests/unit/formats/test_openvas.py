from chariot.format import Parsed
from chariot.formats.openvas import OpenVas
from chariot.model.states import Severity

from .promises import FormatPromises, entities, findings, levels, read, sample

OPENVAS = OpenVas()


class TestOpenVasPromises(FormatPromises):
    reader = OPENVAS
    samples = ("openvas.1.xml", "openvas.2.csv")


def test_a_result_stands_at_its_port_with_its_quality() -> None:
    risk = entities(OPENVAS, "openvas.1.xml")["#risk#port#192.0.2.10#tcp#443#CVE-2099-0001"]

    assert (risk.severity, risk.confidence, risk.remediation) == (
        Severity.CRITICAL,
        80,
        "Install widget 2.0.",
    )


def test_results_inside_results_are_not_counted() -> None:
    assert findings(OPENVAS, sample("openvas.1.xml")) == 3


def test_a_false_positive_is_no_risk() -> None:
    found = entities(OPENVAS, "openvas.1.xml")

    assert levels(found) == {"critical": 1, "info": 1}
    assert "#port#192.0.2.10#tcp#22" in found


def test_a_hosts_details_become_technologies() -> None:
    assert "#technology#cpe:2.3:a:f5:nginx:1.24.0:*:*:*:*:*:*:*" in entities(OPENVAS, "openvas.1.xml")


def test_csv_and_xml_agree_on_the_key() -> None:
    found = entities(OPENVAS, "openvas.2.csv")

    assert "#risk#port#192.0.2.10#tcp#443#CVE-2099-0001" in found
    assert "#risk#address#192.0.2.10#openvas:1.3.6.1.4.1.25623.1.0.900002" in found


def test_a_broken_address_falls_back_to_the_name() -> None:
    whole = sample("openvas.2.csv").replace(b"192.0.2.10", b"192.0.2.1000")

    keys = {one.key for item in read(OPENVAS, whole) if isinstance(item, Parsed) for one in item.entities}

    assert "#risk#domain#www.perimeter.test#CVE-2099-0001" in keys
    assert not [key for key in keys if key.startswith("#domain#192")]
