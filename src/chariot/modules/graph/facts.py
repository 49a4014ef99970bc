"""From a stored record to the few facts that the graph keeps of it."""

from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

import msgspec

from chariot.model.base import Entity
from chariot.model.keys import kind_of, unescape
from chariot.model.kinds.network import Address, Port, WebApplication
from chariot.model.kinds.weakness import Risk, Vulnerability
from chariot.model.records import Record
from chariot.model.registry import KINDS
from chariot.model.relationships import ENDS
from chariot.model.states import ON_SURFACE, Surface
from chariot.modules.graph.likelihood import Exploitable, Weak, exploitable, weak

GRAPH_KINDS: Final = tuple(
    kind for kind in KINDS if any(kind in end for ends in ENDS.values() for end in ends)
)
"""Kinds that a relationship can join."""
EXPOSED_KINDS: Final = frozenset({"port", "webapplication", "address", "domain"})

_FROM_OUTSIDE: Final = frozenset({Surface.EXTERNAL, Surface.APPLICATION})
_INSIDE: Final = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))
"""Addresses that the internet does not carry, whatever a record says. Source: RFC 1918, RFC 4193."""
_UNAUTHORISED: Final = 401


class Facts(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What the graph keeps of an entity."""

    kind: str
    alive: bool = True
    """On the surface."""
    exposed: bool = False
    """The internet reaches it."""
    weight: int = 0
    """How much it matters that nobody gets there; 0 is no target of its own."""
    log_in: bool = False
    weak: Weak | None = None
    known: Exploitable | None = None


Weigh = Callable[[Record], int]
"""Returns how much an asset matters: 0 nothing special, 1 high, 2 critical."""

GONE: Final = Facts("", alive=False)
TAG_WEIGHTS: Final = {"high": 1, "critical": 2}


def tagged_weight(record: Record) -> int:
    """Return the weight that the tag `criticality` gives."""
    return TAG_WEIGHTS.get(record.tags.get("criticality", "").lower(), 0)


def facts_of(record: Record, weigh: Weigh = tagged_weight) -> Facts:
    """Return the facts of *record*."""
    entity = record.entity
    alive = record.status in ON_SURFACE
    match entity:
        case Risk():
            return Facts(record.kind, alive=alive, weak=weak(entity))
        case Vulnerability():
            return Facts(record.kind, alive=alive, known=exploitable(entity))
        case _:
            return Facts(
                record.kind,
                alive=alive,
                exposed=record.kind in EXPOSED_KINDS
                and record.surface in _FROM_OUTSIDE
                and not _is_inside(entity),
                weight=weigh(record),
                log_in=_asks_to_log_in(record),
            )


def _asks_to_log_in(record: Record) -> bool:
    said = record.tags.get("authentication", "").lower()
    if said in ("required", "none"):
        return said == "required"
    return isinstance(record.entity, WebApplication) and record.entity.status_code == _UNAUTHORISED


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


def name_of(key: str) -> str:
    """Return what a person calls the entity with *key*.

    >>> name_of("#port#192.0.2.7#tcp#443")
    '192.0.2.7:443/tcp'
    """
    kind = kind_of(key)
    if not kind:
        return key
    rest = key.split("#", 2)[2]
    if kind == "port" and rest.count("#") == 2:
        address, protocol, number = rest.split("#")
        return f"[{address}]:{number}/{protocol}" if ":" in address else f"{address}:{number}/{protocol}"
    if kind == "risk":
        target, _, weakness = rest.rpartition("#")
        return f"{unescape(weakness)} at {name_of(f'#{target}')}"
    return unescape(rest.replace("#", " "))
