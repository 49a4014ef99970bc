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
from chariot.modules.risk.criticality import Criticality
from chariot.modules.risk.policy import EVEN, Weights
from chariot.modules.risk.ssvc import Exploitation, Mission, decide

FORMULA: Final = "1.2"
"""Version of the formula; any change of a number or a rule makes a new one."""
OWN_WEIGHTS: Final = f"{FORMULA} own weights"
"""What a score says that was made with an organisation's own weights."""

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
CONTROLS_MOST: Final = -8
"""All measures together take no more than this."""
REACH_MAX: Final = 2
REACH_ALL: Final = 1_000
"""With this many entities behind it, reach adds its most."""
PATH: Final = 2
FLOOR: Final = 70
"""A weakness known to be exploited, at something that the internet reaches, never scores less."""
CEILING: Final = 60
"""A weakness that needs local access, and that nobody is known to exploit, never scores more."""
HIGHEST: Final = 100


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


class Control(Enum):
    """A measure that stands before a target and mends nothing; the tag or attribute `control`."""

    WAF = "waf"
    IPS = "ips"
    SEGMENTATION = "segmentation"
    VIRTUAL_PATCH = "virtual-patch"


EXPLOIT_POINTS: Final = {Exploit.NONE: 0, Exploit.POC: 3, Exploit.FUNCTIONAL: 6, Exploit.WEAPONISED: 8}
EXPOSURE_POINTS: Final = {Exposure.LOCAL: 0, Exposure.INTERNAL: 5, Exposure.INTERNET: 12}
CRITICALITY_POINTS: Final = {
    Criticality.LOW: -5,
    Criticality.NORMAL: 0,
    Criticality.HIGH: 4,
    Criticality.CRITICAL: 7,
}
CONTROL_POINTS: Final = {
    Control.WAF: -4,
    Control.IPS: -3,
    Control.SEGMENTATION: -3,
    Control.VIRTUAL_PATCH: -6,
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
    exposure_why: str = ""
    """What it is told by, where not by the target itself; shown, and no points."""
    authenticated: bool | None = None
    """Whether one must log in before the weakness can be reached; None is not known."""
    controls: frozenset[Control] = frozenset()
    """What stands before the target."""
    cvss: float | None = None
    """Base score, 0 to 10."""
    criticality: Criticality = Criticality.NORMAL
    reachable: int = 0
    """How many entities can be reached from the target."""
    leads_to_critical: bool = False
    """Whether something critical falls with the target, or is the target."""
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


def assess(inputs: Inputs, weights: Weights = EVEN) -> Assessment:
    """Return score, decision and factors; more danger in any one input never lowers the score.

    Each factor counts by its percent in *weights*; the rules hold whatever the weights.
    """
    likelihood = [_weighed(factor, weights) for factor in _likelihood(inputs)]
    guards = _guards(inputs, weights, next(_points(one) for one in likelihood if one.name == "exposure"))
    factors = [*likelihood, *guards, *(_weighed(factor, weights) for factor in _impact(inputs))]
    factors += _rules(inputs, sum(map(_points, factors)))
    formula = FORMULA if weights == EVEN else OWN_WEIGHTS
    return Assessment(sum(map(_points, factors)), _decision(inputs), tuple(factors), formula)


def reach_band(reachable: int) -> int:
    """Return the least number of entities that has the points of *reachable*: what is worth to be stored."""
    points = _reach_points(reachable)
    return _least_reach(points) if points else 0


def _likelihood(inputs: Inputs) -> list[Factor]:
    exploited = inputs.known_exploited
    ransomware = exploited and inputs.ransomware
    # Somebody who exploits it has an exploit that works, whether or not it was published.
    exploit = Exploit.WEAPONISED if exploited else inputs.exploit
    exposure = ", as ".join(filter(None, (inputs.exposure.value, inputs.exposure_why)))
    return [
        _epss(inputs.epss),
        _factor("known exploited", _yes(exploited), KNOWN_EXPLOITED * exploited),
        _factor("ransomware", _yes(ransomware), RANSOMWARE * ransomware),
        _factor("exploit", "in use" if exploited else exploit.value, EXPLOIT_POINTS[exploit]),
        _factor("exposure", exposure, EXPOSURE_POINTS[inputs.exposure]),
    ]


def _guards(inputs: Inputs, weights: Weights, exposed: int) -> list[Factor]:
    """Return what stands before the target: it takes no more than the points that being *exposed* added."""
    # So nothing is ever safer for being reachable, and a log-in that no attack passes counts for nothing.
    log_in = {None: "not known", True: "required", False: "not required"}[inputs.authenticated]
    asked = AUTHENTICATION * (inputs.authenticated is True)
    first = _weighed(_factor("authentication", log_in, asked), weights, least=-exposed)
    words = ", ".join(sorted(control.value for control in inputs.controls)) or "none known"
    taken = max(CONTROLS_MOST, sum(CONTROL_POINTS[control] for control in inputs.controls))
    return [first, _weighed(_factor("controls", words, taken), weights, least=-exposed - _points(first))]


def _impact(inputs: Inputs) -> list[Factor]:
    cvss = CVSS_UNKNOWN if inputs.cvss is None else inputs.cvss
    reach = _reach_points(inputs.reachable)
    critical = inputs.leads_to_critical
    return [
        _factor(
            "cvss", "not scored" if inputs.cvss is None else f"{cvss:.1f}", _rounded(CVSS_MAX * cvss / 10)
        ),
        _factor("criticality", inputs.criticality.value, CRITICALITY_POINTS[inputs.criticality]),
        _factor("reach", f"{_least_reach(reach):,} entities or more" if reach else "nothing known", reach),
        _factor("path", "leads to something critical" if critical else "nothing known", PATH * critical),
    ]


def _rules(inputs: Inputs, total: int) -> list[Factor]:
    """Return what lifts or lowers *total*, said as factors of their own."""
    if inputs.known_exploited and inputs.exposure is Exposure.INTERNET and total < FLOOR:
        return [_factor("floor", f"exploited and on the internet: at least {FLOOR}", FLOOR - total)]
    if inputs.exposure is Exposure.LOCAL and not inputs.known_exploited and total > CEILING:
        return [_factor("ceiling", f"needs local access: at most {CEILING}", CEILING - total)]
    if total < 0:
        return [_factor("floor", "at least 0", -total)]
    if total > HIGHEST:
        return [_factor("ceiling", f"at most {HIGHEST}", HIGHEST - total)]
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
    points = epss_points(EPSS_UNKNOWN if probability is None else probability)
    if probability is None:
        return _factor("epss", "not scored", points)
    # The probability moves each day; what is stored changes only when its points do.
    words = f"at least {_percent(points)}" if points else f"below {_percent(1)}"
    return _factor("epss", words, points)


def epss_points(probability: float) -> int:
    """Return the points of a probability of exploitation, 0 to 1."""
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


def _least_reach(points: int) -> int:
    # Computed with the same floats as the points, so that the least number has them indeed.
    least = math.floor(math.pow(1 + REACH_ALL, (points - 0.5) / REACH_MAX) - 1)
    return next(number for number in (least, least + 1, least + 2) if _reach_points(number) >= points)


def _rounded(value: float) -> int:
    """Round half up, as people do."""
    return math.floor(value + 0.5)


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _weighed(factor: Factor, weights: Weights, *, least: int | None = None) -> Factor:
    """Return *factor* as an organisation weighs it, never below *least*; other weights than ours are said."""
    percent = weights.of(factor.name)
    points = _rounded(factor.points * percent / 100)
    if least is not None:
        points = max(points, min(least, 0))
    value = factor.value if percent == 100 else f"{factor.value} (counts {percent} %)"
    return _factor(factor.name, value, points)


def _points(factor: Factor) -> int:
    return int(factor.points)


def _factor(name: str, value: str, points: int) -> Factor:
    return Factor(name, value, float(points))
