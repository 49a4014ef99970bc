"""What changed in a score since a moment, and why: told by the history, so that nothing need be remembered."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

import msgspec

from chariot.model.keys import Key, Organisation
from chariot.model.kinds.weakness import Factor, Risk, Vulnerability
from chariot.model.kinds.work import Attribute, Setting
from chariot.model.records import Record
from chariot.model.states import ON_SURFACE, Decision, RiskState
from chariot.modules.risk.facts import control_keys, parents
from chariot.modules.risk.policy import SETTING_KEYS
from chariot.modules.surface.ports import EntityReader, History

STEPS_LIMIT: Final = 100
_KNOWN: Final = (
    "cvss_vector", "cvss_score", "severity", "epss", "epss_day", "known_exploited", "known_exploited_day",
    "ransomware", "exploit",
)  # fmt: skip
_AROUND: Final = ("status", "surface", "tags")


class FactorChange(msgspec.Struct, frozen=True, kw_only=True):
    """One factor that is another now."""

    name: str
    before: str
    """What was known then; empty where the factor was not there."""
    after: str
    points_before: float
    points_after: float


class FactChange(msgspec.Struct, frozen=True, kw_only=True):
    """One fact that the score stands on and that is another now: the reason why."""

    key: Key
    field: str
    before: str
    after: str


class StepTaken(msgspec.Struct, frozen=True, kw_only=True):
    """One change of the risk itself."""

    at: datetime
    actor: str
    why: str
    fields: tuple[str, ...]


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """How a score was made at a moment of the past, beside how it is made now."""

    since: datetime
    score: int | None
    """Then; None when the risk was not there or had no score yet."""
    decision: Decision | None
    state: RiskState | None
    formula: str
    changed_by: int
    """Points that the score is higher now; all of them where there was none."""
    factors: tuple[FactorChange, ...]
    """The greatest difference first; together they make `changed_by`."""
    facts: tuple[FactChange, ...]
    steps: tuple[StepTaken, ...]
    """What was done with the risk since, the newest first."""


class Reader(EntityReader, History, Protocol):
    """The reads that a comparison is made of."""


async def compare(
    store: Reader,
    organisation: Organisation,
    record: Record,
    factors: Sequence[Factor],
    target: Record | None,
    since: datetime,
) -> Comparison:
    """Return how the score of *record*, which *factors* make now, differs from that at *since*."""
    keys = _stands_on(record, target)
    then = await store.get(organisation, keys, as_of=since)
    now = await store.get(organisation, keys)
    earlier = then.get(record.key)
    present = earlier is not None and earlier.status in ON_SURFACE
    before = earlier.entity if present and earlier is not None else None
    risk = before if isinstance(before, Risk) else None
    score = risk.score if risk else None
    return Comparison(
        since=since,
        score=score,
        decision=risk.decision if risk else None,
        state=risk.state if risk else None,
        formula=risk.formula if risk else "",
        changed_by=int(sum(factor.points for factor in factors)) - (score or 0),
        factors=_factors(risk.factors if risk else (), factors),
        facts=tuple(_facts(then, now, [key for key in keys if key != record.key])),
        steps=await _steps(store, organisation, record.key, since),
    )


def _stands_on(record: Record, target: Record | None) -> list[Key]:
    risk = record.entity
    assert isinstance(risk, Risk)
    around = (*parents(target.entity), *control_keys(target.key)) if target is not None else ()
    weakness = Vulnerability(id=risk.weakness).key
    return list(dict.fromkeys([record.key, weakness, Key(risk.target), *around, *SETTING_KEYS.values()]))


def _factors(before: Sequence[Factor], after: Sequence[Factor]) -> tuple[FactorChange, ...]:
    old, new = ({factor.name: factor for factor in factors} for factors in (before, after))
    nothing = Factor("", "", 0.0)
    changes = [
        FactorChange(
            name=name,
            before=was.value,
            after=is_now.value,
            points_before=was.points,
            points_after=is_now.points,
        )
        for name in {**new, **old}
        if (was := old.get(name, nothing)) != (is_now := new.get(name, nothing))
    ]
    return tuple(sorted(changes, key=lambda one: -abs(one.points_after - one.points_before)))


def _facts(then: Mapping[Key, Record], now: Mapping[Key, Record], keys: Sequence[Key]) -> list[FactChange]:
    found = []
    for key in keys:
        old, new = _told(then.get(key)), _told(now.get(key))
        found += [
            FactChange(key=key, field=name, before=old.get(name, ""), after=new.get(name, ""))
            for name in {**new, **old}
            if old.get(name, "") != new.get(name, "")
        ]
    return found


def _told(record: Record | None) -> dict[str, str]:
    """Return what a score can stand on of *record*, as text."""
    if record is None:
        return {}
    match record.entity:
        case Vulnerability() as known:
            return {name: _text(getattr(known, name)) for name in _KNOWN}
        case Setting(value=value):
            return {"value": value if record.status in ON_SURFACE else ""}
        case Attribute(value=value):
            return {"control": value if record.status in ON_SURFACE else ""}
        case entity:
            own = {"status_code": _text(getattr(entity, "status_code", None))}
            return own | {name: _text(getattr(record, name)) for name in _AROUND}


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return ", ".join(f"{label}={text}" for label, text in sorted(value.items()))
    return str(getattr(value, "value", value))


async def _steps(
    store: History, organisation: Organisation, key: Key, since: datetime
) -> tuple[StepTaken, ...]:
    page = await store.versions(organisation, key, limit=STEPS_LIMIT)
    return tuple(
        StepTaken(
            at=version.valid_from,
            actor=version.change.actor,
            why=version.change.why,
            fields=version.change.fields,
        )
        for version in page.items
        if version.valid_from > since
    )
