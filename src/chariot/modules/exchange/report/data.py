"""What a report says, as plain values: every list is bounded and knows how much it leaves out."""

from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from chariot.model.evidence import Evidence
from chariot.model.kinds.weakness import Factor
from chariot.modules.graph.answers import FixPlan

ITEM = TypeVar("ITEM")


class Listed(msgspec.Struct, Generic[ITEM], frozen=True):
    """Some items, and whether there are more: `left_out` counts them, None is "more, not counted"."""

    items: tuple[ITEM, ...] = ()
    left_out: int | None = 0


class RankedRisk(msgspec.Struct, frozen=True, kw_only=True):
    """One risk in the order of what to fix first."""

    key: str
    score: int | None
    decision: str
    severity: str
    state: str
    target: str
    """The target as people call it."""
    target_key: str
    weakness: str
    title: str
    factors: tuple[Factor, ...]
    """The heaviest first."""
    formula: str
    confidence: int
    remediation: str
    evidence: tuple[Evidence, ...]
    first_seen: datetime
    last_seen: datetime
    known_exploited: bool = False
    epss: float | None = None
    cvss: float | None = None


class RiskSummary(msgspec.Struct, frozen=True, kw_only=True):
    """Open risks in numbers."""

    total: int = 0
    counted: int = 0
    """How many of them the numbers below are made of; the rest is said to be left out."""
    by_severity: dict[str, int] = {}
    by_decision: dict[str, int] = {}
    by_state: dict[str, int] = {}
    scores: tuple[int, ...] = (0,) * 10
    """How many have a score of 0-9, 10-19, … 90-100."""
    unscored: int = 0
    known_exploited: int = 0
    targets: int = 0
    """Different targets with an open risk."""
    overdue: int = 0
    """Those whose due date has passed."""


class OverdueRow(msgspec.Struct, frozen=True, kw_only=True):
    """A risk whose due date has passed."""

    weakness: str
    target: str
    score: int | None
    decision: str
    owner: str
    due_at: datetime
    days_late: int


class AssetRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the assets table."""

    kind: str
    name: str
    status: str
    details: str
    technologies: tuple[str, ...]
    risks: int
    highest: int | None
    """The highest score of its open risks."""
    first_seen: datetime
    last_seen: datetime


class CertificateRow(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate that has ended or ends soon."""

    name: str
    names: tuple[str, ...]
    issuer: str
    not_after: datetime
    days_left: int
    presented_by: tuple[str, ...]


class UnknownAnswers(msgspec.Struct, frozen=True, kw_only=True):
    """Jobs of one capability that could not look, for one reason."""

    capability: str
    reason: str
    count: int
    examples: tuple[str, ...]


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at, and what nobody may conclude anything about."""

    jobs: int = 0
    unknown: int = 0
    reasons: Listed[UnknownAnswers] = Listed()


class ChangeRow(msgspec.Struct, frozen=True, kw_only=True):
    """One difference of the last day."""

    how: str
    """appeared, left or different."""
    kind: str
    name: str
    fields: tuple[str, ...]


class ReportData(msgspec.Struct, frozen=True, kw_only=True):
    """All of a report."""

    organisation: str
    made_at: datetime
    program: str
    """Name and version of the program that made it."""
    seeds: Listed[str]
    exposure: dict[str, int]
    """Entities on the surface, by kind."""
    risks: RiskSummary
    top: Listed[RankedRisk]
    assets: Listed[AssetRow]
    certificates: Listed[CertificateRow]
    coverage: Coverage
    changes: Listed[ChangeRow]
    changes_since: datetime
    change_counts: dict[str, int]
    """Of the listed changes: appeared, left, different."""
    formulas: tuple[str, ...]
    """Versions of the formula that the scores come from."""
    overdue: Listed[OverdueRow] = Listed()
    """The one that waits longest first."""
    plan: FixPlan | None = None
    """Which fixes close most attack paths; None where nobody asked the graph."""
