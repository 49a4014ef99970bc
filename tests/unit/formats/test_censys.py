from chariot.formats.censys import Censys
from chariot.model.states import Severity

from .promises import FormatPromises, entities, findings, sample

CENSYS = Censys()


class TestCensysPromises(FormatPromises):
    reader = CENSYS
    samples = ("censys.1.json", "censys.2.json")


def test_a_platform_host_brings_service_software_page_and_certificate() -> None:
    found = entities(CENSYS, "censys.1.json")

    assert found["#port#192.0.2.10#tcp#443"].service == "https"
    assert found["#webapplication#https://192.0.2.10/"].title == "Perimeter"
    assert found["#certificate#" + "ab" * 32].names == ("www.perimeter.test",)
    assert found["#risk#port#192.0.2.10#tcp#443#CVE-2099-0001"].severity is Severity.CRITICAL


def test_quic_is_a_udp_port() -> None:
    assert "#port#192.0.2.10#udp#443" in entities(CENSYS, "censys.1.json")


def test_an_answer_of_legacy_search_is_unwrapped() -> None:
    found = entities(CENSYS, "censys.2.json")

    assert found["#port#192.0.2.10#tcp#22"].service == "ssh"
    assert findings(CENSYS, sample("censys.2.json")) == 1
