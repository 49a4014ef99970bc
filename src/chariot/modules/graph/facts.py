"""From a stored record to the few facts that the graph keeps of it."""

from collections.abc import Callable
from typing import Final

import msgspec

from chariot.model.keys import kind_of, unescape
from chariot.model.kinds.network import WebApplication
from chariot.model.kinds.weakness import Risk, Vulnerability
from chariot.model.records import Record
from chariot.model.registry import KINDS
from chariot.model.relationships import ENDS
from chariot.model.states import ON_SURFACE
from chariot.modules.graph.likelihood import Exploitable, Weak, exploitable, weak
from chariot.modules.surface.exposure import is_exposed

GRAPH_KINDS: Final = tuple(
    kind for kind in KINDS if any(kind in end for ends in ENDS.values() for end in ends)
)
"""Kinds that a relationship can join."""
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
                exposed=is_exposed(record),
                weight=weigh(record),
                log_in=_asks_to_log_in(record),
            )


def _asks_to_log_in(record: Record) -> bool:
    said = record.tags.get("authentication", "").lower()
    if said in ("required", "none"):
        return said == "required"
    return isinstance(record.entity, WebApplication) and record.entity.status_code == _UNAUTHORISED


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
