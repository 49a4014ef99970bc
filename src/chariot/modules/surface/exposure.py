"""What the internet reaches: one rule for scores and for attack paths."""

from ipaddress import ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from chariot.model.base import Entity
from chariot.model.kinds.network import Address, Port, WebApplication
from chariot.model.records import Record
from chariot.model.states import Surface

EXPOSED_KINDS: Final = frozenset({"port", "webapplication", "address", "domain"})
"""Kinds that packets can be sent to. All else (files, images, certificates, …) is reached by what has it."""
_FROM_OUTSIDE: Final = frozenset({Surface.EXTERNAL, Surface.APPLICATION})
_INSIDE: Final = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))
"""Addresses that the internet does not carry, whatever a record says. Source: RFC 1918, RFC 4193."""


def is_exposed(record: Record) -> bool:
    """Tell whether the internet reaches *record* itself."""
    return record.kind in EXPOSED_KINDS and record.surface in _FROM_OUTSIDE and not _is_inside(record.entity)


def _is_inside(entity: Entity) -> bool:
    match entity:
        case Address(ip=text) | Port(address=text):
            pass
        case WebApplication(url=url):
            text = urlsplit(url).hostname or ""
        case _:
            return False
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return any(address in network for network in _INSIDE if network.version == address.version)
