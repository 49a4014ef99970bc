import pytest
from format_contract import edges, entities, findings, read, refusals, sample

from chariot.errors import InvalidError
from chariot.formats.testssl import Testssl
from chariot.model.states import Severity

PORT = "#port#192.0.2.7#tcp#443"


def test_each_cve_of_a_line_is_a_risk_and_the_rating_is_none() -> None:
    items = read(Testssl(), sample("testssl.1.csv"))

    assert {key.removeprefix(f"#risk{PORT}#") for key in entities(items, "risk")} == {
        "testssl:service",
        "tls-protocol:TLSv1.0",
        "CVE-2016-0800",
        "CVE-2016-0703",
        "testssl:cert_fingerprintSHA256",
    }
    assert findings(items) == 5


def test_the_certificate_is_known_by_its_digest() -> None:
    items = read(Testssl(), sample("testssl.1.csv"))

    assert edges(items, "PRESENTS_CERTIFICATE") == {(PORT, f"#certificate#{'b' * 64}")}


def test_flat_json_says_the_same_as_csv() -> None:
    items = read(Testssl(), sample("testssl.2.json"))

    assert f"#risk{PORT}#tls-protocol:TLSv1.0" in entities(items, "risk")
    assert "#risk#domain#mail.perimeter.test#CVE-2014-0160" in entities(items, "risk")


def test_pretty_json_is_read_target_by_target() -> None:
    items = read(Testssl(), sample("testssl.3.json"))

    risk = entities(items, "risk")[f"#risk{PORT}#tls-protocol:SSLv3"]
    assert risk.severity is Severity.HIGH
    assert findings(items) == 1


def test_a_row_without_a_host_is_refused() -> None:
    items = read(
        Testssl(), b'"id","fqdn/ip","port","severity","finding","cve","cwe"\n"a","/","443","LOW","x","",""\n'
    )

    assert [item.place for item in refusals(items)] == ["line 2"]


def test_an_open_quote_names_its_line() -> None:
    with pytest.raises(InvalidError, match="line 3"):
        read(Testssl(), b"\n".join(sample("testssl.1.csv").splitlines()[:2]) + b'\n"open')


def test_a_problem_of_the_scanner_itself_counts_and_is_at_no_target() -> None:
    line = b'[{"id": "engine_problem", "ip": "/", "port": "443", "severity": "WARN", "finding": "no engine"}]'

    items = read(Testssl(), line)

    assert findings(items) == 1
    assert entities(items, "risk") == {}
