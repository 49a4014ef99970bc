"""Trials of packs: each case says what a check must judge of a small surface, so that CI can test a repository."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from chariot.errors import InvalidError
from chariot.model.base import Entity
from chariot.model.keys import Organisation
from chariot.model.observations import Edit, Observations
from chariot.model.registry import entity_decoder
from chariot.model.states import Status
from chariot.modules.compliance.checks import Case, Check, Pack
from chariot.modules.compliance.service import ComplianceService, Measure
from chariot.modules.surface.service import SurfaceService

_TRIAL: Final = Organisation("trial")

NewSurface = Callable[[], Awaitable[SurfaceService]]
"""Makes an empty surface."""


class Outcome(msgspec.Struct, frozen=True):
    """What became of one case."""

    pack: str
    number: int
    check: str
    expected: str
    judged: str
    reason: str

    @property
    def holds(self) -> bool:
        """Whether it was judged as expected."""
        return self.expected == self.judged


class _StatedFacts:
    """See `Facts`: what a case states."""

    def __init__(self, stated: Mapping[str, bool | float | str]) -> None:
        self._stated = stated

    @property
    def names(self) -> Sequence[str]:
        return tuple(self._stated)

    async def measure(self, organisation: Organisation) -> Mapping[str, Measure]:
        del organisation
        return {name: Measure(value) for name, value in self._stated.items()}


async def try_packs(packs: Sequence[Pack], checks: Sequence[Check], new_surface: NewSurface) -> list[Outcome]:
    """Return what becomes of each case of *packs*; they may be about any of *checks*.

    Raises:
        InvalidError: a case names a check that is not there, or an entity that cannot be.
    """
    known = {check.id: check for check in checks}
    outcomes = []
    for pack in packs:
        for number, case in enumerate(pack.case, 1):
            place = f"{pack.name}: case {number}"
            if case.check not in known:
                raise InvalidError(f"names no check: {case.check}", place=place)
            outcomes.append(await _tried(pack, number, case, known[case.check], await new_surface()))
    return outcomes


async def _tried(pack: Pack, number: int, case: Case, check: Check, surface: SurfaceService) -> Outcome:
    entities: list[Any] = [_entity(one, f"{pack.name}: case {number}") for one in case.entities]
    at = datetime.now(UTC)
    await surface.observe(_TRIAL, Observations(capability="case", seen_at=at, entities=tuple(entities)))
    decided = [
        Edit(actor="case", entity=one, status=Status.ACTIVE) for one in entities if type(one).decisions
    ]
    if decided:
        await surface.edit(_TRIAL, decided)
    service = ComplianceService(surface.store, _StatedFacts(case.facts), lambda: [check])
    [finding] = (await service.report(_TRIAL)).findings
    return Outcome(pack.name, number, case.check, case.expect, finding.verdict.value, finding.reason)


def _entity(stated: Mapping[str, object], place: str) -> Entity:
    try:
        entity: Entity = entity_decoder.decode(msgspec.json.encode(stated))
    except (msgspec.DecodeError, ValueError) as error:
        raise InvalidError(str(error), place=place) from None
    return entity
