"""Whose request it is behind a proxy: what trusted proxies say, and nobody else."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final

from chariot.errors import ConfigurationError

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

_HEADER: Final = b"x-forwarded-for"
_MOST_HOPS: Final = 20
_MOST_BYTES: Final = 2_000
_Scope = MutableMapping[str, Any]
_App = Callable[[_Scope, Any, Any], Awaitable[None]]


def proxy_networks(stated: Iterable[str]) -> tuple[Network, ...]:
    """Return the networks that *stated* names.

    Raises:
        ConfigurationError: one is neither an address nor a network.
    """
    found = []
    for text in stated:
        try:
            found.append(ip_network(text))
        except ValueError as error:
            raise ConfigurationError(f"a setting is wrong: trusted_proxies: {error}") from None
    return tuple(found)


def behind_proxies(app: _App, trusted: Sequence[Network]) -> _App:
    """Return *app*, told the address of who asked instead of that of the *trusted* proxy in between."""
    if not trusted:
        return app

    async def behind(scope: _Scope, receive: Any, send: Any) -> None:
        client = scope.get("client")
        if client:
            scope["client"] = (client_address(client[0], scope["headers"], trusted), client[1])
        await app(scope, receive, send)

    return behind


def client_address(peer: str, headers: Iterable[tuple[bytes, bytes]], trusted: Sequence[Network]) -> str:
    """Return the address of who asked: the last one in X-Forwarded-For that no trusted proxy has.

    Each proxy adds whom it heard from at the end, so the list is believed from its end, and only for as long as those
    who wrote it are trusted. What is no address ends it: then the proxy before is all that is known.

    >>> client_address("127.0.0.1", [(b"x-forwarded-for", b"6.6.6.6, 192.0.2.7")], proxy_networks(["127.0.0.1"]))
    '192.0.2.7'
    """
    current = _address(peer)
    if current is None or not _is_one_of(current, trusted):
        return peer
    text = b",".join(value for name, value in headers if name.lower() == _HEADER)[-_MOST_BYTES:]
    for hop in reversed(text.split(b",")[-_MOST_HOPS:]):
        heard_from = _address(hop.decode("latin-1").strip())
        if heard_from is None:
            break
        current = heard_from
        if not _is_one_of(current, trusted):
            break
    return str(current)


def _address(text: str) -> Address | None:
    """Return the address that *text* is, which may have a port; an IPv4 address within IPv6 is the IPv4 address."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or (None if address.scope_id else address)
    return address


def _is_one_of(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)
