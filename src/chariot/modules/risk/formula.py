"""The score of a risk, 0 to 100: a sum of whole points, one factor for each reason.

Each factor is rounded to whole points by itself, so the score is exactly their sum. The points, the two rules
and worked examples stand in docs/risk-formula.md, which the tests execute.
"""

import math
from enum import Enum
from typing import Final

import msgspec

from chariot.model.kinds.weakness import Factor
from chariot.model.states import Decision
from chariot.modules.risk.ssvc import Exploitation, Mission, decide

FORMULA: Final = "1.0"
"""Version of the formula; any change of a number or a rule makes a new one."""

EPSS_MAX: Final = 25
EPSS_NOTHING: Final = 0.001
"""At this probability and below, EPSS adds nothing; each tenfold above it adds a third of the most."""
EPSS_UNKNOWN: Final = 0.007
"""What a CVE without a score counts as: the median of all published scores, 16 August 2026."""
KNOWN_EXPLOITED: Final = 15
RANSOMWARE: Final = 4
AUTHENTICATION: Final = -4
CVSS_MAX: Final = 25
CVSS_UNKNOWN: Final = 5.0
"""What a weakness that nobody scored counts as: the middle."""
REACH_MAX: Final = 4
REACH_ALL: Final = 1_000
"""With this many entities behind it, reach adds its most."""
FLOOR: Final = 70
"""A weakness known to be exploited, at something that the internet reaches, never scores less."""
CEILING: Final = 60
"""A weakness that needs local access, and that nobody is known to exploit, never scores more."""


class Exploit(Enum):
    """What exploits there are for anybody to take."""

    NONE = "none"
    POC = "poc"
    FUNCTIONAL = "functional"
    WEAPONISED = "weaponised"


class Exposure(Enum):
    """From where the weakness can be reached at this target."""

    LOCAL = "local"
    """Only by somebody who is on the machine already."""
    INTERNAL = "internal"
    INTERNET = "internet"


class Criticality(Enum):
    """What the target means to its owner; the tag `criticality`."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


EXPLOIT_POINTS: Final = {Exploit.NONE: 0, Exploit.POC: 3, Exploit.FUNCTIONAL: 6, Exploit.WEAPONISED: 8}
EXPOSURE_POINTS: Final = {Exposure.LOCAL: 0, Exposure.INTERNAL: 5, Exposure.INTERNET: 12}
CRITICALITY_POINTS: Final = {
    Criticality.LOW: -5,
    Criticality.NORMAL: 0,
    Criticality.HIGH: 4,
    Criticality.CRITICAL: 7,
}
_MISSION: Final = {
    Criticality.LOW: Mission.LOW,
    Criticality.NORMAL: Mission.MEDIUM,
    Criticality.HIGH: Mission.HIGH,
    Criticality.CRITICAL: Mission.HIGH,
}


class Inputs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that the formula looks at.

    Raises:
        ValueError: a number is outside its range.
    """

    epss: float | None = None
    """Probability of exploitation within 30 days, 0 to 1."""
    known_exploited: bool = False
    ransomware: bool = False
    """Counts only for what is known to be exploited."""
    exploit: Exploit = Exploit.NONE
    exposure: Exposure = Exposure.INTERNET
    authenticated: bool | None = None
    """Whether one must log in before the weakness can be reached; None is not known."""
    cvss: float | None = None
    """Base score, 0 to 10."""
    criticality: Criticality = Criticality.NORMAL
    reachable: int = 0
    """How many entities can be reached from the target."""
    automatable: bool = False
    """Whether an attack needs no account, no person and no special circumstances."""
    total_impact: bool = False
    """Whether it gives control over the target, or all that the target knows."""

    def __post_init__(self) -> None:
        if self.epss is not None and not 0 <= self.epss <= 1:
            raise ValueError(f"epss: not from 0 to 1: {self.epss}")
        if self.cvss is not None and not 0 <= self.cvss <= 10:
            raise ValueError(f"cvss: not from 0 to 10: {self.cvss}")
        if self.reachable < 0:
            raise ValueError(f"reachable: below 0: {self.reachable}")


class Assessment(msgspec.Struct, frozen=True):
    """What the formula says; the points of the factors add up to the score."""

    score: int
    decision: Decision
    factors: tuple[Factor, ...]
    formula: str = FORMULA


def assess(inputs: Inputs) -> Assessment:
    """Return score, decision and factors; more danger in any one input never lowers the score."""
    factors = [*_likelihood(inputs), *_impact(inputs)]
    factors += _rules(inputs, sum(int(factor.points) for factor in factors))
    return Assessment(sum(int(factor.points) for factor in factors), _decision(inputs), tuple(factors))


def _likelihood(inputs: Inputs) -> list[Factor]:
    exploited = inputs.known_exploited
    ransomware = exploited and inputs.ransomware
    # Somebody who exploits it has an exploit that works, whether or not it was published.
    exploit = Exploit.WEAPONISED if exploited else inputs.exploit
    # A log-in before something that nobody reaches from outside keeps nobody away.
    guarded = inputs.authenticated is True and inputs.exposure is not Exposure.LOCAL
    log_in = {None: "not known", True: "required", False: "not required"}[inputs.authenticated]
    return [
        _epss(inputs.epss),
        _factor("known exploited", _yes(exploited), KNOWN_EXPLOITED * exploited),
        _factor("ransomware", _yes(ransomware), RANSOMWARE * ransomware),
        _factor("exploit", "in use" if exploited else exploit.value, EXPLOIT_POINTS[exploit]),
        _factor("exposure", inputs.exposure.value, EXPOSURE_POINTS[inputs.exposure]),
        _factor("authentication", log_in, AUTHENTICATION * guarded),
    ]


def _impact(inputs: Inputs) -> list[Factor]:
    cvss = CVSS_UNKNOWN if inputs.cvss is None else inputs.cvss
    reach = _reach_points(inputs.reachable)
    return [
        _factor(
            "cvss", "not scored" if inputs.cvss is None else f"{cvss:.1f}", _rounded(CVSS_MAX * cvss / 10)
        ),
        _factor("criticality", inputs.criticality.value, CRITICALITY_POINTS[inputs.criticality]),
        _factor("reach", _at_least(reach) if reach else "nothing known", reach),
    ]


def _rules(inputs: Inputs, total: int) -> list[Factor]:
    """Return what lifts or lowers *total*, said as factors of their own."""
    if inputs.known_exploited and inputs.exposure is Exposure.INTERNET and total < FLOOR:
        return [_factor("floor", f"exploited and on the internet: at least {FLOOR}", FLOOR - total)]
    if inputs.exposure is Exposure.LOCAL and not inputs.known_exploited and total > CEILING:
        return [_factor("ceiling", f"needs local access: at most {CEILING}", CEILING - total)]
    if total < 0:
        return [_factor("floor", "at least 0", -total)]
    return []


def _decision(inputs: Inputs) -> Decision:
    if inputs.known_exploited:
        exploitation = Exploitation.ACTIVE
    else:
        exploitation = Exploitation.NONE if inputs.exploit is Exploit.NONE else Exploitation.POC
    # What cannot be reached from the internet cannot be attacked by the thousand, whatever its vector says.
    automatable = inputs.automatable and inputs.exposure is Exposure.INTERNET
    return decide(
        exploitation,
        automatable=automatable,
        total_impact=inputs.total_impact,
        mission=_MISSION[inputs.criticality],
    )


def _epss(probability: float | None) -> Factor:
    points = _epss_points(EPSS_UNKNOWN if probability is None else probability)
    if probability is None:
        return _factor("epss", "not scored", points)
    # The probability moves each day; what is stored changes only when its points do.
    words = f"at least {_percent(points)}" if points else f"below {_percent(1)}"
    return _factor("epss", words, points)


def _epss_points(probability: float) -> int:
    if probability <= EPSS_NOTHING:
        return 0
    return _rounded(EPSS_MAX * (1 - math.log10(probability) / math.log10(EPSS_NOTHING)))


def _percent(points: int) -> str:
    """Return the least probability that has *points*, cut to two digits so that it never says too much."""
    percent = 100 * EPSS_NOTHING ** (1 - (points - 0.5) / EPSS_MAX)
    digits = 1 - math.floor(math.log10(percent))
    return f"{math.floor(percent * 10**digits) / 10**digits:g} %"


def _reach_points(reachable: int) -> int:
    return min(REACH_MAX, _rounded(REACH_MAX * math.log10(1 + reachable) / math.log10(1 + REACH_ALL)))


def _at_least(points: int) -> str:
    least = (1 + REACH_ALL) ** ((points - 0.5) / REACH_MAX) - 1
    return f"{math.ceil(least):,} entities or more"


def _rounded(value: float) -> int:
    """Round half up, as people do."""
    return math.floor(value + 0.5)


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _factor(name: str, value: str, points: int) -> Factor:
    return Factor(name, value, float(points))
