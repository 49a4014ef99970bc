"""Judging checks: pass, fail, or cannot tell, each with what it rests on."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Final, Protocol

import msgspec

from chariot.errors import InvalidError
from chariot.model.keys import Key, Organisation
from chariot.modules.compliance.checks import FRAMEWORKS, Check, Platform, Surface
from chariot.modules.surface.ports import EntityReader
from chariot.modules.surface.query import Query

EVIDENCE_LIMIT: Final = 20
"""The most entities that one finding names."""
COUNTED_LIMIT: Final = 1_000
"""Counted up to here; beyond it is "more than"."""

Value = bool | int | float | str


class Verdict(Enum):
    """How a check was judged."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    CANNOT_TELL = "cannot-tell"


class Measure(msgspec.Struct, frozen=True):
    """A property of this installation; None is that nobody can tell, and *why* says so."""

    value: Value | None
    why: str = ""
    evidence: Sequence[str] = ()
    """Keys, names or settings that it rests on."""


class Facts(Protocol):
    """Knows the properties of an installation."""

    @property
    def names(self) -> Sequence[str]:
        """All that there are."""
        ...

    async def measure(self, organisation: Organisation) -> Mapping[str, Measure]:
        """Return what they are now, for *organisation*."""
        ...


class Finding(msgspec.Struct, frozen=True):
    """One check, judged."""

    id: str
    title: str
    verdict: Verdict
    reason: str
    """In a sentence."""
    evidence: Sequence[str]
    matched: int
    """How many entities matched, counted up to `COUNTED_LIMIT`."""
    advice: str
    maps: Mapping[str, Sequence[str]]


class Control(msgspec.Struct, frozen=True):
    """One control of a framework: the worst verdict of its checks."""

    id: str
    verdict: Verdict
    checks: Sequence[str]


class Framework(msgspec.Struct, frozen=True):
    """One framework, as far as checks speak to it."""

    id: str
    title: str
    passed: int
    failed: int
    unknown: int
    controls: Sequence[Control]


class Report(msgspec.Struct, frozen=True):
    """All checks of one organisation."""

    organisation: Organisation
    made_at: datetime
    findings: Sequence[Finding]
    frameworks: Sequence[Framework]


_WORST: Final = (Verdict.FAIL, Verdict.CANNOT_TELL, Verdict.PASS)


def check_framework(name: str) -> None:
    """Refuse a name that is neither empty nor a framework's.

    Raises:
        InvalidError: there is no such framework; the text lists those there are.
    """
    if name and name not in FRAMEWORKS:
        raise InvalidError(f"there is no {name[:40]!r}; there are {', '.join(FRAMEWORKS)}", place="framework")


class ComplianceService:
    """Judges checks over a surface and an installation."""

    def __init__(
        self,
        store: EntityReader,
        facts: Facts,
        checks: Callable[[], Sequence[Check]],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """*checks* are read when they are first needed."""
        self._store = store
        self._facts = facts
        self._read = checks
        self._now = now

    async def report(self, organisation: Organisation, *, framework: str = "") -> Report:
        """Return the judgement of all checks, or of those that speak to *framework*.

        Raises:
            InvalidError: there is no such framework, or a pack is wrong.
        """
        check_framework(framework)
        checks = [
            one for one in await asyncio.to_thread(self._read) if not framework or framework in one.maps
        ]
        measures = await self._facts.measure(organisation)
        counts = await self._store.counts(organisation)
        findings = [await self._judged(organisation, check, measures, counts) for check in checks]
        wanted = [framework] if framework else list(FRAMEWORKS)
        return Report(organisation, self._now(), findings, [_framework(name, findings) for name in wanted])

    async def _judged(
        self,
        organisation: Organisation,
        check: Check,
        measures: Mapping[str, Measure],
        counts: Mapping[str, Mapping[str, int]],
    ) -> Finding:
        matched = 0
        evidence: Sequence[str]
        if check.surface is not None:
            verdict, reason, evidence, matched = await self._of_surface(organisation, check.surface, counts)
        else:
            assert check.platform is not None
            verdict, reason, evidence = _of_platform(check.platform, measures)
        return Finding(check.id, check.title, verdict, reason, evidence, matched, check.advice, check.maps)

    async def _of_surface(
        self, organisation: Organisation, asked: Surface, counts: Mapping[str, Mapping[str, int]]
    ) -> tuple[Verdict, str, Sequence[Key], int]:
        if asked.needs and not any(sum(counts.get(kind, {}).values()) for kind in asked.needs):
            return Verdict.CANNOT_TELL, f"nothing is known of any {' or '.join(asked.needs)}", (), 0
        query = Query(kinds=asked.kinds, where=asked.filter(self._now()), limit=COUNTED_LIMIT)
        page = await self._store.find(organisation, query)
        matched = len(page.items)
        evidence = tuple(record.key for record in page.items[:EVIDENCE_LIMIT])
        more = "more than " if page.cursor else ""
        found = (
            f"{more}{matched:,} {'matches' if matched == 1 else 'match'}" if matched else "nothing matches"
        )
        passed = bool(matched) == (asked.expect == "some")
        return (Verdict.PASS if passed else Verdict.FAIL), found, evidence, matched


def _of_platform(asked: Platform, measures: Mapping[str, Measure]) -> tuple[Verdict, str, Sequence[str]]:
    measure = measures.get(asked.fact, Measure(None, "nothing measures it"))
    value = measure.value
    if value is None:
        return Verdict.CANNOT_TELL, measure.why or "nobody can tell", measure.evidence
    told = measure.why or f"{asked.fact} is {value}"
    if asked.equals is not None and value != asked.equals:
        return Verdict.FAIL, told, measure.evidence
    for bound, below in ((asked.at_least, True), (asked.at_most, False)):
        if bound is None:
            continue
        if isinstance(value, str):
            return Verdict.CANNOT_TELL, f"{asked.fact} is {value!r}, which is no number", measure.evidence
        if (value < bound) if below else (value > bound):
            return Verdict.FAIL, told, measure.evidence
    return Verdict.PASS, told, measure.evidence


def _framework(name: str, findings: Sequence[Finding]) -> Framework:
    by_control: dict[str, list[Finding]] = {}
    for finding in findings:
        for control in finding.maps.get(name, ()):
            by_control.setdefault(control, []).append(finding)
    controls = [
        Control(
            control,
            next(verdict for verdict in _WORST if any(one.verdict is verdict for one in found)),
            [one.id for one in found],
        )
        for control, found in sorted(by_control.items(), key=lambda item: _natural(item[0]))
    ]
    tally = {verdict: sum(one.verdict is verdict for one in controls) for verdict in Verdict}
    return Framework(
        name,
        FRAMEWORKS[name],
        tally[Verdict.PASS],
        tally[Verdict.FAIL],
        tally[Verdict.CANNOT_TELL],
        controls,
    )


def _natural(control: str) -> list[tuple[int, str]]:
    """Return what sorts `A.5.9` before `A.5.10`."""
    return [(int(part) if part.isdigit() else -1, part) for part in control.replace("-", ".").split(".")]
