"""The same weakness over many targets, or all of one target, as one line: a view, counted when somebody asks."""

from collections import Counter
from collections.abc import Sequence
from enum import Enum
from typing import Final

import msgspec

from chariot.model.keys import Key, Organisation
from chariot.model.kinds.weakness import Risk
from chariot.model.states import Decision, RiskState, Severity
from chariot.modules.surface.ports import EntityReader
from chariot.modules.surface.query import PAGE_LIMIT, All, Compare, Filter, Query

COUNTED_LIMIT: Final = 50_000
"""More risks than these, the highest scores first, are not counted; the answer says so."""
MEMBERS_SHOWN: Final = 10


class Grouping(Enum):
    """What the risks of one group have in common."""

    WEAKNESS = "weakness"
    TARGET = "target"


class RiskGroup(msgspec.Struct, frozen=True, kw_only=True):
    """One weakness, wherever it is, or one target, whatever is wrong with it."""

    weakness: str
    """Of the risk with the highest score."""
    title: str
    """Of the same."""
    risks: int
    """One for each target and weakness."""
    highest: int | None
    """The highest score among them."""
    decision: Decision | None
    """The most urgent one among them."""
    severity: Severity | None
    states: dict[str, int]
    overdue: int
    unowned: int
    """How many nobody is to mend."""
    targets: tuple[Key, ...]
    """Some of the targets, the highest scores first; one when that is what the group has in common."""
    members: tuple[Key, ...]
    """Some of the risks, the highest scores first."""


class RiskGroups(msgspec.Struct, frozen=True, kw_only=True):
    """Groups, the one with the highest score first and of equal ones the largest."""

    groups: tuple[RiskGroup, ...]
    left_out: int
    """Groups behind the limit."""
    counted: int
    """Risks that the numbers are made of."""
    complete: bool
    """False when there are more risks than are counted."""


class _Gathering(msgspec.Struct):
    first: Risk
    states: Counter[str]
    decisions: set[Decision]
    members: list[Risk]
    risks: int = 0
    overdue: int = 0
    unowned: int = 0

    def add(self, risk: Risk) -> None:
        """Count *risk*; they come with the highest scores first."""
        self.risks += 1
        self.states[risk.state.value] += 1
        self.overdue += risk.overdue
        self.unowned += not risk.owner
        if risk.decision is not None:
            self.decisions.add(risk.decision)
        if len(self.members) < MEMBERS_SHOWN:
            self.members.append(risk)

    def group(self) -> RiskGroup:
        """Return what was counted."""
        first = self.first
        return RiskGroup(
            weakness=first.weakness,
            title=first.title,
            risks=self.risks,
            highest=first.score,
            decision=max(self.decisions, key=list(Decision).index, default=None),
            severity=first.severity,
            states=dict(self.states),
            overdue=self.overdue,
            unowned=self.unowned,
            targets=tuple(dict.fromkeys(Key(risk.target) for risk in self.members)),
            members=tuple(risk.key for risk in self.members),
        )


async def group(
    store: EntityReader,
    organisation: Organisation,
    states: Sequence[RiskState],
    where: Filter | None,
    limit: int,
    by: Grouping = Grouping.WEAKNESS,
) -> RiskGroups:
    """Return the risks in *states* that *where* holds for, gathered *by* what they have in common."""
    terms: list[Filter] = [Compare("state", "=", tuple(sorted(state.value for state in states)))]
    if where is not None:
        terms.append(where)
    gathered: dict[str, _Gathering] = {}
    counted, cursor = 0, ""
    while True:
        query = Query(
            kinds=(Risk.kind,), where=All(tuple(terms)), sort="-score", limit=PAGE_LIMIT, cursor=cursor
        )
        page = await store.find(organisation, query)
        for risk in (record.entity for record in page.items if isinstance(record.entity, Risk)):
            common = risk.weakness if by is Grouping.WEAKNESS else risk.target
            held = gathered.setdefault(common, _Gathering(risk, Counter(), set(), []))
            held.add(risk)
        counted += len(page.items)
        cursor = page.cursor
        if not cursor or counted >= COUNTED_LIMIT:
            break
    order = sorted(gathered.values(), key=lambda one: (-(one.first.score or 0), -one.risks, one.first.key))
    return RiskGroups(
        groups=tuple(one.group() for one in order[:limit]),
        left_out=max(0, len(order) - limit),
        counted=counted,
        complete=not cursor,
    )
