"""The path model as data: how an attacker moves, how likely each move succeeds, why, and what ends it.

An entity has two places for an attacker: it is *reached* (packets get there) or *held* (it obeys the attacker; a
credential is known to them, a weakness is used). A move leads from one place to another. What a move costs is
-ln(likelihood) in millionths, so the cost of a path is the sum of its moves and the cheapest path is the most
likely one. docs/attack-paths.md explains the table in words.
"""

import math
from enum import Enum, IntEnum
from typing import Final

import msgspec

from chariot.model.relationships import RelationshipType

UNIT: Final = 1_000_000
"""So many parts has a cost of 1: a likelihood of 1/e."""
DEAREST: Final = 20 * UNIT
"""No single move costs more; its likelihood is two in a thousand million."""
INTERNET: Final = "internet"
"""Name of the place where every path begins; it has not the form of a key."""


class State(IntEnum):
    """What an attacker has of an entity."""

    REACHED = 0
    HELD = 1


class FixKind(Enum):
    """What ends a move."""

    MEND = "mend"
    """Update, or do what the finding says."""
    ROTATE = "rotate"
    """Make a credential worthless."""
    REMOVE_RIGHT = "remove right"
    SEPARATE = "separate"
    """Let no packet pass between the two."""
    TAKE_OFF = "take off the internet"


FIX_COSTS: Final = {
    FixKind.MEND: 1,
    FixKind.ROTATE: 1,
    FixKind.REMOVE_RIGHT: 2,
    FixKind.SEPARATE: 4,
    FixKind.TAKE_OFF: 5,
}
"""Effort of one fix, in that of one update."""


class Move(msgspec.Struct, frozen=True):
    """One way of getting on."""

    name: str
    likelihood: float
    """That it succeeds, once the place before it is had; what a weakness gives is computed for each."""
    why: str
    fix: FixKind | None = None


MOVES: Final = (
    Move("exposed", 1.0, "the internet reaches it", FixKind.TAKE_OFF),
    Move("exploit", 1.0, "a weakness there gives control to strangers", FixKind.MEND),
    Move("take over", 1.0, "what was exploited obeys the attacker"),
    Move("serves", 1.0, "the application runs behind this port"),
    Move("runs on", 0.9, "the service runs on this host"),
    Move("answers at", 0.9, "what answers under this name runs on this host"),
    Move("answers for", 0.8, "the application answers under this name"),
    Move("find credential", 0.9, "the credential is kept there", FixKind.ROTATE),
    Move("read credential", 1.0, "anybody who reaches it can read the credential", FixKind.ROTATE),
    Move("use credential", 0.9, "the credential opens it", FixKind.REMOVE_RIGHT),
    Move("assume", 0.9, "the identity may act as this one", FixKind.REMOVE_RIGHT),
    Move("member of", 1.0, "a member has the rights of its group", FixKind.REMOVE_RIGHT),
    Move("administer", 0.95, "the identity administers it", FixKind.REMOVE_RIGHT),
    Move("control", 0.9, "the identity has rights that give control over it", FixKind.REMOVE_RIGHT),
    Move("take session", 0.8, "somebody's session is open there", FixKind.SEPARATE),
    Move("reach", 1.0, "nothing between the two holds packets back", FixKind.SEPARATE),
    Move("enter network", 0.7, "the host stands in this network", FixKind.SEPARATE),
    Move("same network", 1.0, "nothing is known that separates hosts of this network"),
    Move("listens", 1.0, "who reaches the host reaches what listens there"),
)
"""Every move; its place in this list is its number."""

MOVE_NUMBER: Final = {move.name: number for number, move in enumerate(MOVES)}


class LinkRule(msgspec.Struct, frozen=True):
    """A relationship that an attacker can follow, along its direction or against it."""

    type: RelationshipType
    move: str
    against: bool = False
    start: State = State.HELD
    end: State = State.HELD
    sources: frozenset[str] = frozenset()
    """Kinds at the source of the relationship; empty is all."""
    targets: frozenset[str] = frozenset()
    inside: bool = False
    """Only where the source of the relationship is not on the internet itself."""


_T = RelationshipType
_READABLE = frozenset({"port", "webapplication"})

LINK_RULES: Final = (
    LinkRule(_T.SERVES, "serves", against=True),
    LinkRule(_T.HAS_PORT, "runs on", against=True),
    LinkRule(_T.NAMES, "runs on", against=True, sources=frozenset({"address"})),
    LinkRule(_T.NAMES, "answers for", against=True, sources=frozenset({"domain"})),
    LinkRule(_T.RESOLVES_TO, "answers at"),
    LinkRule(_T.HAS_CREDENTIAL, "find credential"),
    LinkRule(_T.HAS_CREDENTIAL, "read credential", start=State.REACHED, sources=_READABLE),
    LinkRule(_T.OPENS, "use credential"),
    LinkRule(_T.CAN_ASSUME, "assume"),
    LinkRule(_T.MEMBER_OF, "member of"),
    LinkRule(_T.ADMIN_TO, "administer"),
    LinkRule(_T.CONTROLS, "control"),
    LinkRule(_T.HAS_SESSION, "take session"),
    LinkRule(_T.CAN_REACH, "reach", end=State.REACHED),
    LinkRule(_T.CONTAINS, "enter network", against=True, end=State.REACHED, targets=frozenset({"address"})),
    LinkRule(
        _T.CONTAINS, "same network", start=State.REACHED, end=State.REACHED, targets=frozenset({"address"})
    ),
    LinkRule(_T.HAS_PORT, "listens", start=State.REACHED, end=State.REACHED, inside=True),
    LinkRule(_T.SERVES, "listens", start=State.REACHED, end=State.REACHED, inside=True),
)
"""Which relationships are moves. What the internet reaches and what weaknesses give stands with the entities."""

LED_TO: Final = frozenset(
    {
        _T.DISCOVERED,
        _T.RESOLVES_TO,
        _T.ALIAS_OF,
        _T.CONTAINS,
        _T.HAS_RECORD,
        _T.HAS_PORT,
        _T.SERVES,
        _T.NAMES,
        _T.PRESENTS_CERTIFICATE,
        _T.HAS_TECHNOLOGY,
        _T.HAS_RISK,
        _T.HAS_ATTRIBUTE,
        _T.HAS_CREDENTIAL,
        _T.HAS_FILE,
    }
)
"""Relationships by which looking at the first leads to the second: the discovery graph."""


def cost_of(likelihood: float) -> int:
    """Return what a move of this likelihood costs; at least 1, so that of two equal paths the shorter one wins.

    >>> cost_of(1.0), cost_of(0.5)
    (1, 693148)
    """
    if likelihood <= 0:
        return DEAREST
    return min(DEAREST, 1 + round(-math.log(likelihood) * UNIT))


def likelihood_of(cost: int) -> float:
    """Return the likelihood of a path of this cost."""
    return math.exp(-cost / UNIT)


MOVE_COSTS: Final = tuple(cost_of(move.likelihood) for move in MOVES)
