import pytest

from chariot.model.kinds.network import Address, Domain, Netblock, Port, WebApplication
from chariot.model.kinds.work import File
from chariot.model.states import Surface
from chariot.modules.surface.exposure import is_exposed
from support.records import record


@pytest.mark.parametrize(
    "entity",
    [
        Port(address="192.0.2.7", protocol="tcp", number=443),
        Address(ip="2001:db8::1"),
        WebApplication(url="https://shop.example.com/"),
        Domain(host="example.com"),
    ],
)
def test_what_packets_can_be_sent_to_is_exposed_on_outer_surfaces_alone(entity):
    assert is_exposed(record(entity))
    assert is_exposed(record(entity, surface=Surface.APPLICATION))
    assert not is_exposed(record(entity, surface=Surface.INTERNAL))


@pytest.mark.parametrize(
    "entity",
    [
        Port(address="10.1.2.3", protocol="tcp", number=443),
        Address(ip="fd00::1"),
        WebApplication(url="https://172.16.0.1/"),
    ],
)
def test_a_private_address_is_not_exposed_whatever_its_surface(entity):
    assert not is_exposed(record(entity))


@pytest.mark.parametrize("entity", [File(path="shop:1"), Netblock(cidr="192.0.2.0/28")])
def test_what_packets_cannot_be_sent_to_is_not_exposed_itself(entity):
    assert not is_exposed(record(entity))
