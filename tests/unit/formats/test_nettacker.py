from chariot.formats.nettacker import Nettacker

from .promises import FormatPromises, entities, findings, sample

NETTACKER = Nettacker()


class TestNettackerPromises(FormatPromises):
    reader = NETTACKER
    samples = ("nettacker.1.json",)


def test_an_open_port_of_an_address_is_a_port_and_no_risk() -> None:
    found = entities(NETTACKER, "nettacker.1.json")

    assert findings(NETTACKER, sample("nettacker.1.json")) == 3
    assert "#port#192.0.2.10#tcp#80" in found
    assert not [key for key in found if key.endswith("port_scan")]


def test_an_open_port_of_a_name_is_told_at_the_name() -> None:
    assert "#risk#domain#www.perimeter.test#nettacker:port_scan:443" in entities(
        NETTACKER, "nettacker.1.json"
    )


def test_a_modules_cve_is_the_weakness() -> None:
    assert (
        entities(NETTACKER, "nettacker.1.json")["#risk#port#192.0.2.10#tcp#80#CVE-2099-0001"].severity is None
    )
