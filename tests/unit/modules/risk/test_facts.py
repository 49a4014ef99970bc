import pytest

from chariot.model.keys import Key
from chariot.model.kinds.network import Address, Domain, Port, WebApplication
from chariot.modules.risk.facts import parents


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (Port(address="192.0.2.7", protocol="tcp", number=443), "#address#192.0.2.7"),
        (WebApplication(url="https://app.example.com:8443/"), "#domain#app.example.com"),
        (WebApplication(url="http://192.0.2.7/"), "#address#192.0.2.7"),
        (WebApplication(url="http://[2001:db8::1]:8080/"), "#address#2001:db8::1"),
    ],
)
def test_criticality_comes_from_what_the_target_belongs_to(target, expected):
    assert parents(target) == (Key(expected),)


@pytest.mark.parametrize("target", [Domain(host="example.com"), Address(ip="192.0.2.7")])
def test_names_and_addresses_belong_to_nothing(target):
    assert parents(target) == ()
