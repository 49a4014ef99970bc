import pytest

from chariot.model.base import Entity
from chariot.model.kinds.network import (
    Address,
    Certificate,
    DnsRecord,
    Domain,
    Netblock,
    Port,
    WebApplication,
)


@pytest.mark.parametrize(
    ("entity", "key", "name"),
    [
        (Domain(host="WWW.perimeter.test."), "#domain#www.perimeter.test", "www.perimeter.test"),
        (Address(ip="192.0.2.7"), "#address#192.0.2.7", "192.0.2.7"),
        (Netblock(cidr="192.0.2.0/28"), "#netblock#192.0.2.0/28", "192.0.2.0/28"),
        (
            Port(address="2001:DB8::1", protocol="tcp", number=443),
            "#port#2001:db8::1#tcp#443",
            "[2001:db8::1]:443/tcp",
        ),
        (
            WebApplication(url="HTTPS://App.example.com:8443"),
            "#webapplication#https://app.example.com:8443/",
            "https://app.example.com:8443/",
        ),
        (Certificate(sha256="AB" * 32), "#certificate#" + "ab" * 32, "ab" * 32),
        (Certificate(sha256="AB" * 32, subject="CN=a"), "#certificate#" + "ab" * 32, "CN=a"),
        (
            DnsRecord(host="a.test", type="TXT", value="50% #1"),
            "#dnsrecord#a.test#TXT#50%25 %231",
            "a.test TXT 50% #1",
        ),
    ],
)
def test_keys_and_names_are_readable(entity: Entity, key: str, name: str) -> None:
    assert (entity.key, entity.name) == (key, name)


def test_the_type_of_a_record_is_written_one_way() -> None:
    assert (
        DnsRecord(host="a.test", type="mx", value="x").key
        == DnsRecord(host="a.test", type="MX", value="x").key
    )


def test_an_address_with_fifty_names_is_one_address() -> None:
    assert Address(ip="::ffff:192.0.2.7").key == Address(ip="192.0.2.7").key
