"""The same weakness over many targets, or all of one target, as one line: a view, counted when somebody asks."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Final, Protocol

import msgspec

from chariot.model.keys import Key, Organisation
from chariot.model.kinds.weakness import Risk
from chariot.model.states import Decision, RiskState, Severity
from chariot.modules.risk.life import UNRESOLVED
from chariot.modules.surface.ports import EntityReader, Group, Tallies
from chariot.modules.surface.query import All, Compare, Filter, Query

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
    """Risks that the numbers are made of: all of them."""
    complete: bool
    """Always true: every risk is counted."""


class Reader(EntityReader, Tallies, Protocol):
    """What the groups are read from."""


async def group(
    store: Reader,
    organisation: Organisation,
    query: Query,
    by: Grouping = Grouping.WEAKNESS,
    *,
    now: datetime,
) -> RiskGroups:
    """Return the risks that *query* finds, the highest scores first, gathered *by* what they have in common."""
    found = await store.group(organisation, query, by.value, _conditions(now))
    groups = []
    for one in found.first:
        common: Filter = Compare(by.value, "=", (one.value,))
        where = common if query.where is None else All((query.where, common))
        page = await store.find(
            organisation, msgspec.structs.replace(query, where=where, limit=MEMBERS_SHOWN)
        )
        members = [record.entity for record in page.items if isinstance(record.entity, Risk)]
        # What was mended since it was counted has no members any more.
        if members:
            groups.append(_group(one, members))
    left_out = found.groups - len(found.first)
    return RiskGroups(groups=tuple(groups), left_out=left_out, counted=found.entities, complete=True)


def _conditions(now: datetime) -> tuple[Filter, ...]:
    """Return what is counted in each group: states, decisions, what is overdue, and what nobody is to mend."""
    unresolved = Compare("state", "=", tuple(sorted(state.value for state in UNRESOLVED)))
    return (
        *(Compare("state", "=", (state.value,)) for state in RiskState),
        *(Compare("decision", "=", (decision.value,)) for decision in Decision),
        All((unresolved, Compare("due_at", "<=", (now,)))),
        Compare("owner", "=", (None,)),
    )


def _group(counted: Group, members: Sequence[Risk]) -> RiskGroup:
    """Return what was counted, see `_conditions`, in the words of the first of its *members*."""
    first = members[0]
    states, others = counted.holding[: len(RiskState)], counted.holding[len(RiskState) :]
    *decisions, overdue, unowned = others
    return RiskGroup(
        weakness=first.weakness,
        title=first.title,
        risks=counted.entities,
        highest=first.score,
        decision=max(
            (one for one, risks in zip(Decision, decisions, strict=True) if risks),
            key=list(Decision).index,
            default=None,
        ),
        severity=first.severity,
        states={one.value: risks for one, risks in zip(RiskState, states, strict=True) if risks},
        overdue=overdue,
        unowned=unowned,
        targets=tuple(dict.fromkeys(Key(risk.target) for risk in members)),
        members=tuple(risk.key for risk in members),
    )
