import asyncio
import contextlib
import socket

import pytest

from chariot.errors import ConfigurationError, InvalidError
from chariot.lab.perimeter import PERIMETER
from chariot.lab.profile import read_profile
from chariot.lab.server import Lab, LabSettings, serve
from chariot.lab.truth import truth
from chariot.lab.world import Ports


async def _is_open(address: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(address, port)
    except ConnectionRefusedError:
        return False
    writer.close()
    return True


async def test_every_expected_port_is_open_and_no_other_probed_one(lab, port_offset):
    found = {
        f"#port#127.77.0.{host}#tcp#{port}"
        for host in range(16)
        for port in lab.profile.ports
        if await _is_open(f"127.77.0.{host}", port)
    }

    assert found == truth("port", port_offset=port_offset)


async def test_the_profile_says_what_a_scan_needs(lab, port_offset, tmp_path):
    profile = lab.profile

    assert profile.seeds == ("perimeter.test", "127.77.0.0/28")
    assert profile.resolver == f"127.77.255.53:{15353 + port_offset}"
    assert profile.ports == Ports.shifted(port_offset).probed(PERIMETER)
    assert profile.ca_file == tmp_path.resolve() / "lab-ca.pem"
    assert profile.ca_file.read_bytes().startswith(b"-----BEGIN CERTIFICATE-----")


async def test_two_labs_run_side_by_side(lab, port_offset):
    async with Lab(LabSettings(port_offset=port_offset + 1000)) as second:
        assert second.profile.resolver != lab.profile.resolver


async def test_a_taken_port_is_a_configuration_error_and_leaves_nothing_open(port_offset):
    ports = Ports.shifted(port_offset + 2000)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.77.0.9", ports.http))
        other.listen()

        with pytest.raises(ConfigurationError, match=f"127.77.0.9 port {ports.http}, which is taken"):
            await Lab(LabSettings(port_offset=port_offset + 2000)).__aenter__()

        assert not await _is_open("127.77.0.1", ports.http)


async def test_a_lab_ends_at_once_with_clients_connected_and_starts_again(port_offset):
    settings = LabSettings(port_offset=port_offset + 3000)
    port = Ports.shifted(port_offset + 3000).ftp
    async with Lab(settings) as lab:
        ca_file = lab.profile.ca_file
        reader, writer = await asyncio.open_connection("127.77.0.10", port)
        await reader.readline()
        leaving = asyncio.get_running_loop().time()

    assert asyncio.get_running_loop().time() - leaving < 2
    assert not await _is_open("127.77.0.10", port)
    assert not ca_file.exists()
    writer.close()
    async with Lab(settings):
        assert await _is_open("127.77.0.10", port)


def test_a_lab_that_does_not_run_has_no_profile():
    with pytest.raises(ConfigurationError, match="not running"):
        _ = Lab().profile


def test_an_offset_out_of_range_is_refused_before_anything_starts():
    with pytest.raises(InvalidError, match="port_offset"):
        Lab(LabSettings(port_offset=60_000))


async def test_serving_writes_the_profile_and_ends_when_cancelled(port_offset, tmp_path):
    offset = port_offset + 4000
    ready: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(
        serve(
            tmp_path / "lab",
            LabSettings(port_offset=offset),
            on_ready=lambda profile, path: ready.set_result((profile, path)),
        )
    )
    profile, path = await asyncio.wait_for(ready, 60)

    assert read_profile(path) == profile
    assert await _is_open("127.77.0.10", Ports.shifted(offset).ftp)

    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert not await _is_open("127.77.0.10", Ports.shifted(offset).ftp)
