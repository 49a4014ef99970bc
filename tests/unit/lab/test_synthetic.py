import asyncio
from ipaddress import ip_address, ip_network

import pytest

from chariot.errors import ConfigurationError, InvalidError
from chariot.lab import server as server_module
from chariot.lab.perimeter import PERIMETER
from chariot.lab.server import Lab, LabSettings
from chariot.lab.synthetic import MAX_SIZE, world_of
from chariot.lab.truth import expected

SIZES = (1, 2, 13, 20, 41, 254, 255, 999, 1_000, 1_001, 2_047, MAX_SIZE)


def test_no_size_is_the_perimeter():
    assert world_of(0) is PERIMETER


@pytest.mark.parametrize("size", [-1, MAX_SIZE + 1])
def test_a_size_out_of_bounds_is_refused(size):
    with pytest.raises(InvalidError, match="1 to 10,000 hosts"):
        world_of(size)


def test_the_same_number_is_the_same_world():
    assert world_of(123) == world_of(123)


@pytest.mark.parametrize("size", SIZES)
def test_each_host_has_an_address_of_its_own_inside_a_seed(size):
    world = world_of(size)
    blocks = [ip_network(block) for block in world.netblocks]
    addresses = {host.address for host in world.hosts}

    assert len(addresses) == len(world.hosts) == size
    assert all(any(ip_address(one) in block for block in blocks) for one in addresses)
    assert not any(ip_address(one) in block for one in world.neighbours for block in blocks)


@pytest.mark.parametrize("size", SIZES)
def test_every_name_with_an_address_of_ours_is_in_a_zone_of_ours(size):
    world = world_of(size)
    records = [record for zone in world.zones for record in zone.records if record.type == "A"]

    assert all(
        world.owns_name(record.name.removeprefix("*."))
        for record in records
        if world.owns_address(record.value)
    )


@pytest.mark.parametrize("size", [20, 173, 300])
def test_no_two_certificates_share_a_number(size):
    certificates = {
        site.certificate
        for host in world_of(size).hosts
        for service in host.services
        for site in getattr(service, "sites", ())
        if site.certificate is not None
    }

    assert len({one.serial for one in certificates}) == len({one.label for one in certificates})
    assert len(certificates) == len({one.label for one in certificates})


def test_names_that_a_wildcard_makes_up_are_no_truth():
    below = {key for key in expected(world=world_of(40))["domain"] if ".apps." in key or "*" in key}

    assert below == {"#domain#portal.apps.estate1.test", "#domain#portal.apps.estate2.test"}


@pytest.mark.parametrize("kind", expected())
def test_a_world_of_one_of_each_kind_has_something_of_every_scored_kind(kind):
    assert expected(world=world_of(20))[kind]


def test_what_cannot_be_known_is_a_port_without_a_service():
    truth = expected(world=world_of(20))

    assert len(truth["port"]) - len(truth["service"]) == 4


async def test_every_port_of_the_truth_is_open(port_offset, tmp_path):
    async with Lab(LabSettings(port_offset=port_offset, directory=tmp_path, size=60)) as lab:
        for key in expected(port_offset=port_offset, world=world_of(60))["port"]:
            _, _, address, _, port = key.split("#")
            _, writer = await asyncio.open_connection(address, int(port))
            writer.close()

        assert lab.profile.size == 60


async def test_a_size_that_the_system_has_no_sockets_for_is_told(monkeypatch, port_offset):
    monkeypatch.setattr(server_module.resource, "getrlimit", lambda _: (64, 64))

    with pytest.raises(ConfigurationError, match="choose a smaller --size"):
        async with Lab(LabSettings(port_offset=port_offset, size=20)):
            pass
