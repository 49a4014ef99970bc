"""The detector: rules over the entries of one log, in their order, with bounded memory."""

from collections import OrderedDict, deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

import msgspec

from chariot.model.kinds.incident import ENTRIES_LIMIT
from chariot.modules.audit.service import AuditRecord
from chariot.modules.detection.places import Place, Places
from chariot.modules.detection.rules import Rule

_GROUPS: Final = 20_000
_EVENTS: Final = 2_000
_COUNT: Final = "count"
_NAMES: Final = frozenset({"actor", "object"})
"""Facets that may name people."""


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule found in one group."""

    rule: Rule
    subject: str
    began_at: datetime
    last_at: datetime
    events: int
    entries: tuple[int, ...]
    evidence: dict[str, str]


class _Event(msgspec.Struct, frozen=True):
    at: datetime
    sequence: int
    value: str
    weight: int


class _Group(msgspec.Struct):
    events: deque[_Event]
    weight: int = 0


class Detector:
    """Takes the entries of one log in their order; an entry comes once."""

    def __init__(self, rules: Sequence[Rule], places: Places) -> None:
        self._rules = rules
        self._places = places
        self._groups: dict[str, OrderedDict[str, _Group]] = {rule.name: OrderedDict() for rule in rules}
        self.undecided = 0
        """How often a rule about places could not tell, because the table does not know an address."""

    def take(self, record: AuditRecord) -> list[Hit]:
        """Return what the rules find with *record*: one hit for each rule and group that is met now."""
        hits = []
        for rule in self._rules:
            if rule.takes(record):
                hit = self._by_rule(rule, record)
                if hit is not None:
                    hits.append(hit)
        return hits

    def _by_rule(self, rule: Rule, record: AuditRecord) -> Hit | None:
        parts = [str(getattr(record, facet)) for facet in rule.by]
        if not all(parts):
            return None
        value = str(getattr(record, rule.distinct)) if rule.kind == "distinct" else record.address
        group = self._group(rule, " ".join(parts))
        self._add(rule, group, record, value)
        facts = self._met(rule, group)
        return _hit(rule, " ".join(parts), group, facts, record) if facts is not None else None

    def _met(self, rule: Rule, group: _Group) -> dict[str, str] | None:
        """Return what is to be told where *group* meets *rule*."""
        if rule.kind == "count":
            return {"events": f"{group.weight:,}"} if group.weight >= rule.at_least else None
        return _distinct(rule, group) if rule.kind == "distinct" else self._travelled(rule, group)

    def _group(self, rule: Rule, name: str) -> _Group:
        groups = self._groups[rule.name]
        group = groups.get(name)
        if group is None:
            group = groups[name] = _Group(deque())
            if len(groups) > _GROUPS:
                # The one that was quiet for longest is the one that is missed least.
                groups.popitem(last=False)
        groups.move_to_end(name)
        return group

    @staticmethod
    def _add(rule: Rule, group: _Group, record: AuditRecord, value: str) -> None:
        text = record.details.get(_COUNT, "1")
        weight = int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 1
        group.events.append(_Event(record.at, record.sequence, value, weight))
        group.weight += weight
        since = record.at - timedelta(seconds=rule.within_s)
        while group.events[0].at < since:
            group.weight -= group.events.popleft().weight
        if len(group.events) > _EVENTS:
            # What only makes room still counts, for as long as the next one does.
            dropped, oldest = group.events.popleft(), group.events[0]
            group.events[0] = msgspec.structs.replace(oldest, weight=oldest.weight + dropped.weight)

    def _travelled(self, rule: Rule, group: _Group) -> dict[str, str] | None:
        if len(group.events) < 2 or group.events[-1].value == group.events[-2].value:
            return None
        before, now = group.events[-2], group.events[-1]
        here, there = self._places.find(before.value), self._places.find(now.value)
        if here is None or there is None:
            self.undecided += 1
            return None
        return _journey(rule, before, now, here, there)


def _distinct(rule: Rule, group: _Group) -> dict[str, str] | None:
    values = sorted({event.value for event in group.events if event.value})
    if len(values) < rule.at_least:
        return None
    facts = {"different": f"{len(values):,}"}
    if rule.distinct in _NAMES:
        # Who they are is said by the entries of the timeline, where people can be forgotten.
        return facts
    return facts | {rule.distinct: ", ".join(islice(values, 10))[:500]}


def _journey(rule: Rule, before: _Event, now: _Event, here: Place, there: Place) -> dict[str, str] | None:
    distance_km = here.distance_km(there)
    hours = max((now.at - before.at).total_seconds(), 1.0) / 3_600
    if distance_km < rule.distance_km or distance_km / hours < rule.speed_km_h:
        return None
    return {
        "from": f"{here.name} {before.value}".strip(),
        "to": f"{there.name} {now.value}".strip(),
        "distance_km": f"{distance_km:,.0f}",
        "minutes": f"{hours * 60:,.0f}",
    }


def _hit(rule: Rule, subject: str, group: _Group, facts: dict[str, str], record: AuditRecord) -> Hit:
    events = list(group.events)[-ENTRIES_LIMIT:]
    addresses = sorted({event.value for event in events if event.value}) if rule.kind != "distinct" else []
    if addresses:
        facts = facts | {"address": ", ".join(addresses[:10])[:500]}
    return Hit(
        rule=rule,
        subject=subject[:1_000],
        began_at=group.events[0].at,
        last_at=record.at,
        events=group.weight,
        entries=tuple(event.sequence for event in events),
        evidence=facts | {"action": record.action},
    )
