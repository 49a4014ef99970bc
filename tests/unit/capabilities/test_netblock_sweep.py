import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.netblock_sweep import NetblockSweep, SweepParameters
from chariot.capability import CannotRunError
from chariot.model.kinds.network import Address, Netblock
from chariot.testing.network import FakeNetwork

BLOCK = Netblock(cidr="192.0.2.0/28")


def sweep(network, **parameters):
    return NetblockSweep(network, SweepParameters(**{"ports": (22, 80), **parameters}))


async def addresses(capability, block=BLOCK):
    return sorted([found.ip async for found in capability.run(block) if isinstance(found, Address)])


async def test_addresses_that_answer_on_any_port_are_found_once():
    network = FakeNetwork(
        banners={("192.0.2.0", 80): b"", ("192.0.2.15", 22): b"SSH", ("192.0.2.15", 80): b""}
    )

    found = [item async for item in sweep(network).run(BLOCK)]

    assert sorted(item.key for item in found[::2]) == ["#address#192.0.2.0", "#address#192.0.2.15"]
    assert {(item.source, item.type.value) for item in found[1::2]} == {(BLOCK.key, "CONTAINS")}


async def test_every_address_of_the_block_is_probed_and_none_beside_it():
    network = FakeNetwork()

    await addresses(sweep(network))

    assert {host for _, host, _ in network.sent} == {f"192.0.2.{last}" for last in range(16)}
    assert len(network.sent) == 32


async def test_a_denied_address_is_passed_over():
    network = FakeNetwork(
        banners={("192.0.2.3", 22): b"", ("192.0.2.4", 22): b""}, out_of_scope={"192.0.2.3"}
    )

    assert await addresses(sweep(network)) == ["192.0.2.4"]


async def test_a_sweep_too_large_is_refused_before_anything_is_sent():
    network = FakeNetwork()

    with pytest.raises(CannotRunError, match="33,554,432 probes, more than the 65,536 allowed"):
        await addresses(sweep(network), Netblock(cidr="10.0.0.0/8"))

    assert network.sent == []


async def test_the_bound_can_be_raised_on_purpose():
    network = FakeNetwork(banners={("192.0.2.3", 22): b""})

    with pytest.raises(CannotRunError):
        await addresses(sweep(network, max_probes=31))
    assert await addresses(sweep(network, max_probes=32)) == ["192.0.2.3"]


@given(st.binary(max_size=50))
async def test_any_greeting_counts_as_an_answer(greeting):
    assert await addresses(sweep(FakeNetwork(banners={("192.0.2.3", 22): greeting}))) == ["192.0.2.3"]


@pytest.mark.parametrize(("most", "expected"), [(16, 16), (15, 0)])
def test_the_plan_counts_with_every_address_of_a_block_that_is_not_refused(most: int, expected: int) -> None:
    capability = NetblockSweep(FakeNetwork(), SweepParameters(max_probes=most, ports=(80, 443)))

    assert capability.cost(Netblock(cidr="192.0.2.0/29")) == expected
