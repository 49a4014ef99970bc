"""Where an alert may go: public addresses, and private ones only where the settings name their network."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from chariot.errors import ConfigurationError, InvalidError, UnavailableError

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Returns the addresses of a host, for a port."""

ADDRESS_LIMIT: Final = 16
"""A name with more addresses is tried at the first of them."""

_CARRIES_IPV4: Final = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))
"""Blocks whose addresses are translated to the IPv4 address in their last 32 bits."""
_SPECIAL: Final = tuple(map(ip_network, ("192.0.0.0/24", "3fff::/20", "5f00::/16")))
"""For protocols and documents; no supported Python knows all of them. Source: IANA, special-purpose registries."""
_REFUSED: Final = "its address is not public; name its network in the settings to allow it"


class Guard:
    """Resolves hosts and refuses those that lead inside.

    Raises:
        ConfigurationError: an allowed network is not written as address/length.
    """

    def __init__(self, allowed: Iterable[str] = (), *, resolver: Resolver | None = None) -> None:
        try:
            self._allowed = tuple(ip_network(text) for text in allowed)
        except ValueError as error:
            raise ConfigurationError(f"a network that alerts may go to is wrong: {error}") from error
        self._resolver = resolver or system_resolver

    async def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """Return the addresses of *host*, all of them allowed; connect to these and resolve no more.

        Raises:
            InvalidError: one of them is not allowed: such a name is a mistake or an attack.
            UnavailableError: the name has no address now.
        """
        found = tuple(await self._resolver(host, port))[:ADDRESS_LIMIT]
        if not found:
            raise UnavailableError("its name has no address")
        if not all(map(self.allows, found)):
            raise InvalidError(_REFUSED, place="channel")
        return found

    def allows(self, address: str) -> bool:
        """Tell whether an alert may go to *address*."""
        try:
            parsed = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        return self.names(address) or _public(_inner(parsed))

    def names(self, address: str) -> bool:
        """Tell whether *address* is in a network that was named, not only public."""
        try:
            inner = _inner(ip_address(address.partition("%")[0]))
        except ValueError:
            return False
        return any(inner in network for network in self._allowed)


def _inner(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return where packets to *address* really go: IPv6 has several ways to carry an IPv4 address."""
    if isinstance(address, IPv4Address):
        return address
    carried = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
    if carried:
        return carried
    if any(address in block for block in _CARRIES_IPV4):
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def _public(address: IPv4Address | IPv6Address) -> bool:
    if any(address in block for block in _SPECIAL):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


async def system_resolver(host: str, port: int) -> Sequence[str]:
    """Return the addresses of *host* by the system's resolver."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(one[4][0]) for one in found))
