"""How likely a weakness lets a stranger in: from what is known of its exploitation, never from its score alone."""

from typing import Final

import msgspec

from chariot.model.keys import Key
from chariot.model.kinds.weakness import Risk, Vulnerability
from chariot.model.states import Decision, RiskState, Severity
from chariot.modules.risk.finding import matched_products
from chariot.modules.risk.vectors import read_vector

KNOWN_EXPLOITED: Final = 0.9
RANSOMWARE: Final = 0.95
EXPLOITS: Final = {"weaponised": 0.6, "functional": 0.4, "poc": 0.2}
ANY_EXPLOIT: Final = 0.2
ACT: Final = 0.5
"""SSVC says to act: something about it is worse than its numbers."""
TRIED: Final = 0.8
"""EPSS says that somebody tries it somewhere; that it works here is less."""
HINDERED: Final = 0.5
"""What is left where it takes an account, a person or luck, by its vector."""
UNSCORED: Final = 0.02
"""A published weakness of which nothing more is known."""
SEVERITIES: Final = {
    Severity.CRITICAL: 0.5,
    Severity.HIGH: 0.3,
    Severity.MEDIUM: 0.1,
    Severity.LOW: 0.02,
    Severity.INFO: 0.0,
}
"""A finding that no register knows, by its severity."""
LOG_IN: Final = 0.3
"""What a log-in before it leaves of the likelihood."""
ADJACENT: Final = 0.1
"""What is left of a weakness that needs the same network segment."""
PARTIAL: Final = 0.3
"""That a weakness which gives only part of its target is enough to get on."""


class Exploitable(msgspec.Struct, frozen=True, gc=False):
    """What is known of a vulnerability, for all its targets."""

    likelihood: float
    gives: float
    """That trying it gives control: 1 at once, less where it gives only a part or takes more than a packet, 0 none
    (it only stops the service, or takes somebody who is there already)."""


def exploitable(vulnerability: Vulnerability) -> Exploitable:
    """Return how likely *vulnerability* is exploited, and what it gives."""
    found = [UNSCORED, TRIED * (vulnerability.epss or 0.0)]
    if vulnerability.known_exploited:
        found.append(RANSOMWARE if vulnerability.ransomware else KNOWN_EXPLOITED)
    if vulnerability.exploit:
        found.append(EXPLOITS.get(vulnerability.exploit, ANY_EXPLOIT))
    return Exploitable(max(found), _gives(vulnerability))


def _gives(vulnerability: Vulnerability) -> float:
    vector = read_vector(vulnerability.cvss_vector) if vulnerability.cvss_vector else None
    if vector is None:
        return 1.0 if (vulnerability.cvss_score or 0.0) >= 9.0 else PARTIAL
    if vector.attack_vector in ("L", "P") or _only_stops(vulnerability.cvss_vector):
        return 0.0
    gives = (1.0 if vector.total_impact else PARTIAL) * (1.0 if vector.automatable else HINDERED)
    return gives * ADJACENT if vector.attack_vector == "A" else gives


def _only_stops(vector: str) -> bool:
    parts = set(vector.split("/"))
    return {"C:N", "I:N"} <= parts or {"VC:N", "VI:N", "SC:N", "SI:N"} <= parts


class Weak(msgspec.Struct, frozen=True, gc=False):
    """What the graph keeps of a risk."""

    target: Key
    weakness: str
    mends: str
    """What one fix mends together with it at the same target: a product, or the weakness alone."""
    open: bool
    severity: Severity | None
    act: bool
    confidence: int


def weak(risk: Risk) -> Weak:
    """Return what the graph keeps of *risk*."""
    products = {f"{vendor} {product}" for _, vendor, product in matched_products(risk)}
    return Weak(
        target=Key(risk.target),
        weakness=risk.weakness,
        mends=min(products, default=risk.weakness),
        open=risk.state not in (RiskState.REMEDIATED, RiskState.REJECTED),
        severity=risk.severity,
        act=risk.decision is Decision.ACT,
        confidence=risk.confidence,
    )


def way_in(risk: Weak, known: Exploitable | None, *, log_in: bool) -> float:
    """Return the likelihood that *risk* gives its target to somebody who reaches it; 0 is no way in.

    An accepted risk is one: an attacker accepts it gladly.
    """
    if not risk.open:
        return 0.0
    if known is None:
        gives = 1.0 if risk.severity is Severity.CRITICAL else PARTIAL
        known = Exploitable(SEVERITIES[risk.severity or Severity.LOW], gives)
    likelihood = max(known.likelihood, ACT) if risk.act and known.likelihood else known.likelihood
    return likelihood * known.gives * (LOG_IN if log_in else 1.0) * risk.confidence / 100


def together(likelihoods: list[float]) -> float:
    """Return the likelihood that at least one of several independent ways succeeds.

    >>> together([0.5, 0.5])
    0.75
    """
    none = 1.0
    for one in likelihoods:
        none *= 1.0 - one
    return 1.0 - none
