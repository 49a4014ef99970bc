"""What a CVSS vector says that the formula needs, in all four versions of CVSS."""

from functools import lru_cache
from typing import Final

import msgspec
from cvss import CVSS2, CVSS3, CVSS4, CVSSError

from chariot.model.states import Severity

TOTAL_WITHOUT_VECTOR: Final = 9.0
"""A weakness of which only the base score is known counts as total from here on."""

_BANDS: Final = (
    (9.0, Severity.CRITICAL),
    (7.0, Severity.HIGH),
    (4.0, Severity.MEDIUM),
    (0.1, Severity.LOW),
)


class VectorFacts(msgspec.Struct, frozen=True):
    """What a vector says."""

    score: float
    """Base score, 0 to 10."""
    attack_vector: str
    """N network, A adjacent, L local, P physical."""
    automatable: bool
    total_impact: bool


@lru_cache(maxsize=16_384)
def read_vector(vector: str) -> VectorFacts | None:
    """Return what *vector* says; None when it is no CVSS vector."""
    try:
        if vector.startswith("CVSS:4.0/"):
            metrics, score = CVSS4(vector).metrics, CVSS4(vector).base_score
            easy, total = {"AC:L", "AT:N", "PR:N", "UI:N"}, {"VC:H", "VI:H"}
        elif vector.startswith("CVSS:3"):
            metrics, score = CVSS3(vector).metrics, CVSS3(vector).base_score
            easy, total = {"AC:L", "PR:N", "UI:N"}, {"C:H", "I:H"}
        else:
            metrics, score = CVSS2(vector).metrics, CVSS2(vector).base_score
            easy, total = {"AC:L", "Au:N"}, {"C:C", "I:C"}
    except CVSSError:
        return None
    said = {f"{name}:{value}" for name, value in metrics.items()}
    return VectorFacts(
        float(score),
        str(metrics["AV"]),
        automatable=said >= {"AV:N", *easy},
        total_impact=said >= total,
    )


def severity_of(score: float) -> Severity:
    """Return the severity in words. Source: CVSS 3.1, section 5."""
    return next((severity for low, severity in _BANDS if score >= low), Severity.INFO)
