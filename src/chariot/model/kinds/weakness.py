"""What runs, what is wrong with it, and what it would cost."""

from datetime import datetime
from math import isfinite
from typing import Annotated, Self

import msgspec

from chariot.model import checks
from chariot.model.base import Entity, declared
from chariot.model.evidence import FORMS, Evidence
from chariot.model.fields import Merge, field
from chariot.model.states import Decision, RiskState, Severity


@declared
class Technology(Entity, frozen=True, tag="technology"):
    """One version of one product; who runs it is told by HAS_TECHNOLOGY, with the evidence."""

    cpe: Annotated[str, field("CPE 2.3 formatted string", check=checks.cpe, identity=True)]
    product: Annotated[str, field("Product as people call it", max_length=200, indexed=True)] = ""
    version: Annotated[str, field("Version as observed", outside=True, max_length=200, indexed=True)] = ""

    @property
    def name(self) -> str:
        """Product and version."""
        return f"{self.product or self.cpe.split(':')[4]} {self.version}".rstrip()


@declared
class Vulnerability(Entity, frozen=True, tag="vulnerability"):
    """A published weakness, known once to all organisations; its knowledge of exploitation lives here."""

    id: Annotated[str, field("CVE id, or another register's", check=checks.weakness_id, identity=True)]
    title: Annotated[str, field("What it is, in one line", outside=True, max_length=500)] = ""
    description: Annotated[str, field("What it is", outside=True)] = ""
    cvss_vector: Annotated[str, field("CVSS vector", max_length=300)] = ""
    cvss_score: Annotated[
        float | None, field("CVSS base score, 0 to 10", check=checks.cvss, indexed=True)
    ] = None
    severity: Annotated[Severity | None, field("Severity in words", indexed=True)] = None
    epss: Annotated[float | None, field("EPSS probability, 0 to 1", check=checks.fraction, indexed=True)] = (
        None
    )
    epss_percentile: Annotated[float | None, field("EPSS percentile, 0 to 1", check=checks.fraction)] = None
    epss_day: Annotated[str, field("Day of the EPSS score", max_length=10)] = ""
    known_exploited: Annotated[bool | None, field("In CISA's KEV catalogue", indexed=True)] = None
    known_exploited_day: Annotated[str, field("Day it was added to KEV", max_length=10)] = ""
    known_exploited_due: Annotated[str, field("Day until which CISA wants it mended", max_length=10)] = ""
    ransomware: Annotated[bool | None, field("KEV knows of ransomware use")] = None
    exploit: Annotated[str, field("Known exploit: '', poc, functional or weaponised", max_length=20)] = ""
    cwes: Annotated[
        tuple[str, ...], field("Weakness classes", check=checks.sorted_set(checks.line, 100))
    ] = ()
    references: Annotated[
        tuple[str, ...], field("Where to read on", outside=True, check=checks.sorted_set(checks.outside, 500))
    ] = ()
    published: Annotated[datetime | None, field("Publication", check=checks.utc, merge=Merge.FIRST)] = None


def _score(value: object) -> int | None:
    return None if value is None else checks.whole(0, 100)(value)


def _evidence(value: object) -> tuple[Evidence, ...]:
    if not isinstance(value, tuple | list):
        raise ValueError("expected a list of evidence")  # noqa: TRY004 - msgspec places it
    for item in value:
        if item.__class__ not in FORMS:
            raise ValueError("expected a list of evidence")
    return tuple(value)


class Factor(msgspec.Struct, frozen=True):
    """One reason of a score: what was known, and what it added (points, may be negative)."""

    name: str
    value: str
    points: float

    def __post_init__(self) -> None:
        checks.outside(self.name)
        checks.outside(self.value)
        if self.points.__class__ not in (float, int) or not isfinite(self.points):
            raise ValueError(f"points: not a finite number: {checks.shown(self.points)}")
        msgspec.structs.force_setattr(self, "points", float(self.points) + 0.0)


def _factors(value: object) -> tuple[Factor, ...]:
    if not isinstance(value, tuple | list) or not all(isinstance(item, Factor) for item in value):
        raise ValueError("expected a list of factors")
    return tuple(value)


@declared
class Risk(Entity, frozen=True, tag="risk"):
    """One weakness at one target. Its state is decided apart from its severity and its score."""

    target: Annotated[
        str, field("Key of what is at risk", check=checks.key, identity=True, key_part=True, indexed=True)
    ]
    weakness: Annotated[
        str, field("CVE id, or a finding's name", check=checks.weakness_id, identity=True, indexed=True)
    ]
    title: Annotated[str, field("What is wrong, in one line", outside=True, max_length=500)] = ""
    severity: Annotated[Severity | None, field("Severity in words", indexed=True)] = None
    state: Annotated[RiskState, field("Where it is in its life", merge=Merge.DECISION, indexed=True)] = (
        RiskState.TRIAGE
    )
    reason: Annotated[
        str, field("Why a person accepted or rejected it", merge=Merge.DECISION, max_length=2_000)
    ] = ""
    owner: Annotated[
        str, field("Who mends it", merge=Merge.DECISION, max_length=200, indexed=True, personal=True)
    ] = ""
    due_at: Annotated[
        datetime | None, field("When it must be mended", check=checks.utc, merge=Merge.DECISION, indexed=True)
    ] = None
    overdue: Annotated[bool, field("Its due date passed while nobody mended it", merge=Merge.DECISION)] = (
        False
    )
    verified: Annotated[
        str,
        field(
            "What a newer look showed that it is gone; empty: nobody looked",
            merge=Merge.DECISION,
            max_length=2_000,
        ),
    ] = ""
    accepted_until: Annotated[
        datetime | None, field("When acceptance ends", check=checks.utc, merge=Merge.DECISION)
    ] = None
    score: Annotated[int | None, field("0 to 100; None until it is assessed", check=_score, indexed=True)] = (
        None
    )
    decision: Annotated[Decision | None, field("SSVC decision", indexed=True)] = None
    factors: Annotated[tuple[Factor, ...], field("What each factor added to the score", check=_factors)] = ()
    formula: Annotated[str, field("Version of the formula that made the score", max_length=20)] = ""
    reachable: Annotated[
        int | None,
        field(
            "So many entities or more can be reached from the target",
            check=checks.optional(checks.whole(0, 1_000_000)),
        ),
    ] = None
    leads_to_critical: Annotated[bool | None, field("Something critical can be reached from the target")] = (
        None
    )
    confidence: Annotated[int, field("How sure, 0 to 100", check=checks.whole(0, 100))] = 100
    remediation: Annotated[str, field("What to do", outside=True, max_length=10_000)] = ""
    evidence: Annotated[
        tuple[Evidence, ...], field("What was seen", outside=True, check=_evidence, max_length=20)
    ] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.target.startswith(("#risk#", "#vulnerability#")):
            raise ValueError("target: a risk is at an asset, not at another weakness")

    @property
    def name(self) -> str:
        """The weakness and where it is."""
        return f"{self.weakness} at {self.target.split('#', 2)[2]}"

    def sighted_again(self) -> Self:
        """Open again what was remediated; what was accepted or rejected stays so."""
        if self.state is RiskState.REMEDIATED:
            return msgspec.structs.replace(
                self, state=RiskState.OPEN, verified="", due_at=None, overdue=False
            )
        return self


@declared
class Credential(Entity, frozen=True, tag="credential"):
    """That a credential exists and where; never the secret itself."""

    type: Annotated[
        str, field("Type, such as aws-access-key", check=checks.slug, identity=True, indexed=True)
    ]
    fingerprint: Annotated[str, field("SHA-256 of the secret", check=checks.sha256, identity=True)]
    account: Annotated[
        str, field("Account it belongs to", outside=True, max_length=500, indexed=True, personal=True)
    ] = ""
    scopes: Annotated[
        tuple[str, ...], field("What it opens", check=checks.sorted_set(checks.line), merge=Merge.UNION)
    ] = ()
    valid: Annotated[bool | None, field("Whether it was seen to work")] = None

    @property
    def name(self) -> str:
        """Type and the beginning of the fingerprint."""
        return f"{self.type} {self.account or self.fingerprint[:12]}"
