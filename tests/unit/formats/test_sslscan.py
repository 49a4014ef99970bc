from format_contract import entities, findings, read, refusals, sample

from chariot.formats.sslscan import Sslscan
from chariot.model.states import Severity

PORT = "#risk#port#192.0.2.7#tcp#443"


def test_each_weakness_is_a_risk_at_the_port() -> None:
    items = read(Sslscan(), sample("sslscan.1.xml"))

    risks = entities(items, "risk")
    assert {key for key in risks if key.startswith(PORT)} == {
        f"{PORT}#CVE-2014-0160",
        f"{PORT}#tls-weak-ciphers:TLSv1.2",
        f"{PORT}#tls-protocol:TLSv1.0",
        f"{PORT}#CVE-2009-3555",
        f"{PORT}#CVE-2012-4929",
        f"{PORT}#tls-certificate:expired",
        f"{PORT}#tls-certificate:self-signed",
    }
    assert risks[f"{PORT}#tls-weak-ciphers:TLSv1.2"].severity is Severity.HIGH


def test_a_cipher_that_was_not_accepted_counts_but_is_no_risk() -> None:
    items = read(Sslscan(), sample("sslscan.1.xml"))

    assert findings(items) == 4
    assert f"{PORT}#tls-weak-ciphers:TLSv1.0" not in entities(items, "risk")


def test_where_only_a_name_is_known_the_port_stands_in_the_weakness() -> None:
    items = read(Sslscan(), sample("sslscan.1.xml"))

    assert "#risk#domain#mail.perimeter.test#tls-protocol:TLSv1.1:465" in entities(items, "risk")


def test_a_test_without_a_host_is_refused() -> None:
    items = read(Sslscan(), b'<document title="SSLScan Results"><ssltest host="" port="443"/></document>')

    assert len(refusals(items)) == 1
