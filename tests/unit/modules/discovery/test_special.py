from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chariot.modules.discovery.special import is_special


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.168.1.1",
        "192.0.2.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2002:a00:1::1",
    ],
)
def test_addresses_that_lead_inward_or_nowhere_are_special(address) -> None:
    assert is_special(ip_address(address))


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "192.88.99.7", "1.1.1.1", "223.255.255.254", "2606:4700::1111", "64:ff9b::808:808"],
)
def test_public_addresses_are_not_special(address) -> None:
    assert not is_special(ip_address(address))


@settings(deadline=None)
@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_as_special_inside_ipv6(address) -> None:
    assert is_special(ip_address(f"64:ff9b::{address}")) >= is_special(address)
