"""What to do and how fast: the decision table that CISA publishes for SSVC, complete as data.

Source: CISA, Stakeholder-Specific Vulnerability Categorization Guide, November 2022; the same table is
CERT/CC's `cisa_coordinator` 2.0.3.
"""

from enum import Enum
from typing import Final

from chariot.model.states import Decision


class Exploitation(Enum):
    """What is known of attacks."""

    NONE = "none"
    POC = "poc"
    ACTIVE = "active"


class Mission(Enum):
    """What fails when the target fails: mission prevalence and public well-being in one."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


_TRACK, _STAR, _ATTEND, _ACT = Decision.TRACK, Decision.TRACK_STAR, Decision.ATTEND, Decision.ACT
_MISSIONS: Final = tuple(Mission)

TABLE: Final[dict[tuple[Exploitation, bool, bool], tuple[Decision, Decision, Decision]]] = {
    (Exploitation.NONE, False, False): (_TRACK, _TRACK, _TRACK),
    (Exploitation.NONE, False, True): (_TRACK, _TRACK, _STAR),
    (Exploitation.NONE, True, False): (_TRACK, _TRACK, _ATTEND),
    (Exploitation.NONE, True, True): (_TRACK, _TRACK, _ATTEND),
    (Exploitation.POC, False, False): (_TRACK, _TRACK, _STAR),
    (Exploitation.POC, False, True): (_TRACK, _STAR, _ATTEND),
    (Exploitation.POC, True, False): (_TRACK, _TRACK, _ATTEND),
    (Exploitation.POC, True, True): (_TRACK, _STAR, _ATTEND),
    (Exploitation.ACTIVE, False, False): (_TRACK, _TRACK, _ATTEND),
    (Exploitation.ACTIVE, False, True): (_TRACK, _ATTEND, _ACT),
    (Exploitation.ACTIVE, True, False): (_ATTEND, _ATTEND, _ACT),
    (Exploitation.ACTIVE, True, True): (_ATTEND, _ACT, _ACT),
}
"""By exploitation, automatable and total impact: the decision for low, medium and high mission."""


def decide(
    exploitation: Exploitation, *, automatable: bool, total_impact: bool, mission: Mission
) -> Decision:
    """Return CISA's decision for one vulnerability at one target."""
    return TABLE[exploitation, automatable, total_impact][_MISSIONS.index(mission)]
