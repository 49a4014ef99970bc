import pytest

from chariot.formats.support.record import Record
from chariot.formats.support.tls import located, tls_endpoint


@pytest.mark.parametrize(
    ("host", "number", "ip", "key"),
    [
        ("a.test", 443, "192.0.2.7", "#port#192.0.2.7#tcp#443"),
        ("192.0.2.7", 8443, None, "#port#192.0.2.7#tcp#8443"),
        ("a.test", 443, None, "#webapplication#https://a.test/"),
        ("a.test", 8443, None, "#webapplication#https://a.test:8443/"),
        ("a.test", 465, None, "#domain#a.test"),
    ],
)
def test_what_speaks_tls_is_told_as_exactly_as_it_is_known(host: str, number: int, ip: str, key: str) -> None:
    assert tls_endpoint(Record("here"), host, number, ip) == key


def test_a_weakness_of_a_name_tells_its_port_unless_it_is_a_cve() -> None:
    domain = Record("here").host("a.test")

    assert located("tls-x", domain, 465) == "tls-x:465"
    assert located("CVE-2014-0160", domain, 465) == "CVE-2014-0160"
