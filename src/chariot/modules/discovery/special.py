"""Special-purpose addresses: those that mean something else on every network, or lead into our own."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

_NAT64 = IPv6Network("64:ff9b::/96")
"""Holds an IPv4 address in its last 32 bits. Source: RFC 6052, section 2.1."""
_RELAYED = IPv4Network("192.88.99.0/24")
"""Was the relay of 6to4 and is ordinary space since. Source: RFC 7526, section 5."""


def is_special(address: IPv4Address | IPv6Address) -> bool:
    """Return True for loopback, private, link-local, shared, multicast, reserved and documentation addresses.

    An IPv6 address that carries an IPv4 address is as special as that: a gateway may unwrap it.
    Source: the IANA special-purpose address registries, as the standard library holds them.
    """
    if isinstance(address, IPv4Address):
        return address not in _RELAYED and (not address.is_global or address.is_multicast)
    inner = _inside(address)
    if inner is not None and is_special(inner):
        return True
    return (not address.is_global and address not in _NAT64) or address.is_multicast or address.is_site_local


def _inside(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address inside a mapped, compatible, 6to4, Teredo or NAT64 address."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64 or int(address) >> 32 == 0:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None
