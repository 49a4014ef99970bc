import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.adapters.webhook.guard import ADDRESS_LIMIT, Guard
from chariot.errors import ConfigurationError, InvalidError, UnavailableError


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "192.0.0.8",
        "3fff::1",
        "5f00::1",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2001:db8::1",
        "not an address",
    ],
)
def test_what_is_not_public_is_refused(address):
    assert not Guard().allows(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses_are_allowed(address):
    assert Guard().allows(address)


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::a01:203"])
def test_a_network_of_the_settings_is_allowed(address):
    assert Guard(("10.1.0.0/16",)).allows(address)
    assert not Guard(("10.2.0.0/16",)).allows(address)


def test_a_wrong_network_in_the_settings_is_named():
    with pytest.raises(ConfigurationError, match=r"10\.1\.0\.1/16"):
        Guard(("10.1.0.1/16",))


def resolving_to(*addresses: str):
    async def resolver(_host: str, _port: int) -> list[str]:
        return list(addresses)

    return resolver


async def test_one_private_address_among_public_ones_refuses_the_name():
    with pytest.raises(InvalidError, match="not public"):
        await Guard(resolver=resolving_to("8.8.8.8", "10.0.0.1")).addresses("hooks.example.test", 443)


async def test_a_name_without_addresses_is_tried_again_later():
    with pytest.raises(UnavailableError):
        await Guard(resolver=resolving_to()).addresses("hooks.example.test", 443)


async def test_the_number_of_addresses_is_bounded():
    found = await Guard(resolver=resolving_to(*["8.8.8.8"] * 100)).addresses("hooks.example.test", 443)

    assert len(found) == ADDRESS_LIMIT


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_alike_in_every_form_of_ipv6(address):
    number = int(address)

    plain = Guard().allows(str(address))

    assert Guard().allows(f"::ffff:{address}") == plain
    assert Guard().allows(f"64:ff9b::{number >> 16:x}:{number & 0xFFFF:x}") == plain
