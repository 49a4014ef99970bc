import pytest

from chariot.errors import InvalidError
from chariot.lab.perimeter import PERIMETER
from chariot.lab.world import Ports


def test_an_offset_moves_every_port():
    moved, usual = Ports.shifted(7), Ports()

    assert moved.http == 18087
    assert {getattr(moved, role) - getattr(usual, role) for role in Ports.__struct_fields__} == {7}


@pytest.mark.parametrize("offset", [-12000, 48000, 10**9])
def test_an_offset_that_leaves_the_port_range_is_refused_with_the_port_named(offset):
    with pytest.raises(InvalidError, match=r"^[a-z0-9]+.*: port -?\d+ is outside"):
        Ports.shifted(offset)


def test_the_name_servers_port_is_not_probed():
    assert Ports().probed(PERIMETER) == (12121, 12222, 12525, 18080, 18443)


@pytest.mark.parametrize(
    ("name", "is_ours"),
    [
        ("perimeter.test", True),
        ("www.perimeter.test", True),
        ("notperimeter.test", False),
        ("perimeter.test.neighbour.test", False),
    ],
)
def test_a_name_is_ours_at_or_below_a_seed_domain(name, is_ours):
    assert PERIMETER.owns_name(name) is is_ours


@pytest.mark.parametrize(("address", "is_ours"), [("127.77.0.15", True), ("127.77.0.16", False)])
def test_an_address_is_ours_inside_a_seed_netblock(address, is_ours):
    assert PERIMETER.owns_address(address) is is_ours


def test_a_name_without_a_site_gets_the_first_one():
    service = next(host for host in PERIMETER.hosts if host.address == "127.77.0.8").services[0]

    assert service.site_for("shop.perimeter.test") is service.sites[1]
    assert service.site_for("127.77.0.8") is service.sites[0]
