from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from format_contract import edges, entities, findings, read, refusals, sample

from chariot.errors import InvalidError
from chariot.format import Parsed
from chariot.formats.sslyze import Sslyze
from chariot.model.states import Severity

PORT = "#port#192.0.2.7#tcp#443"


def test_what_the_results_show_are_risks_at_the_port() -> None:
    items = read(Sslyze(), sample("sslyze.2.json"))

    risks = entities(items, "risk")
    assert {key.removeprefix(f"#risk{PORT}#") for key in risks} == {
        "CVE-2017-13099",
        "tls-client-renegotiation",
        "tls-protocol:TLSv1.1",
        "tls-weak-ciphers:TLSv1.3",
        "tls-certificate:untrusted",
    }
    assert risks[f"#risk{PORT}#tls-weak-ciphers:TLSv1.3"].severity is Severity.INFO
    assert findings(items) == 5


def test_the_certificate_and_its_names_are_read_from_the_chain() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "www.perimeter.test")])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=90))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("*.perimeter.test")]), critical=False)
        .sign(key, SHA256())
    )
    pem = msgspec.json.encode(certificate.public_bytes(Encoding.PEM).decode()).strip(b'"')

    items = read(Sslyze(), sample("sslyze.2.json").replace(b"PEM", pem))

    read_back = next(iter(entities(items, "certificate").values()))
    assert (read_back.subject, read_back.self_signed) == ("CN=www.perimeter.test", True)
    assert edges(items, "CERTIFIES") == {(read_back.key, "#domain#perimeter.test")}


def test_old_xml_gives_the_same_names_of_weaknesses() -> None:
    items = read(Sslyze(), sample("sslyze.1.xml"))

    assert {key.removeprefix(f"#risk{PORT}#") for key in entities(items, "risk")} == {
        "CVE-2014-0160",
        "CVE-2009-3555",
        "tls-protocol:TLSv1.0",
    }
    assert findings(items) == 3


def test_the_end_of_the_scan_is_when_it_was_seen() -> None:
    item = read(Sslyze(), sample("sslyze.2.json"))[0]

    assert isinstance(item, Parsed)
    assert item.seen_at == datetime(2026, 6, 1, 10, 0, 0, 500_000, UTC)


def test_a_server_without_a_place_is_refused() -> None:
    items = read(Sslyze(), b'{"server_scan_results":[{"scan_result":{}}, 7],"sslyze_version":"6"}')

    assert len(refusals(items)) == 2


def test_a_truncated_file_names_its_line() -> None:
    with pytest.raises(InvalidError, match="line 1"):
        read(Sslyze(), sample("sslyze.2.json")[:500])


def test_where_nothing_answered_there_is_a_host_and_no_port() -> None:
    items = read(
        Sslyze(),
        b'{"sslyze_version": "6.1.0", "server_scan_results": [{"connectivity_status": "ERROR", "scan_result": null,'
        b'"server_location": {"hostname": "t.shop.test", "port": 443, "ip_address": "192.0.2.40"}}]}',
    )

    assert list(entities(items, "address")) == ["#address#192.0.2.40"]
    assert (entities(items, "port"), findings(items)) == ({}, 0)
