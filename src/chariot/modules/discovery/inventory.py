"""Where something stands in the inventory: whose it is and why, and when it was last seen."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final

import msgspec

from chariot.errors import NotFoundError
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.candidate import Candidate
from chariot.model.kinds.network import Domain
from chariot.model.records import Record
from chariot.model.registry import LIFETIMES
from chariot.model.states import Depth, Standing, Status
from chariot.modules.discovery.keeper import ScopeKeeper
from chariot.modules.discovery.registrable import registrable
from chariot.modules.discovery.scope import host_of
from chariot.modules.surface.ports import EntityReader

EXPIRING_AFTER: Final = 0.75
"""The share of its lifetime after which something that was not seen again is about to expire."""


class LastSeen(Enum):
    """When something was last seen, in a word."""

    ACTIVE = "active"
    EXPIRING = "expiring"
    """Not seen for three quarters of its time."""
    INACTIVE = "inactive"
    """Not seen in its time, or gone."""
    FROZEN = "frozen"
    """Kept as a person wants it, seen or not."""


class Inventoried(msgspec.Struct, frozen=True):
    """Where one entity stands."""

    key: Key
    standing: Standing
    why: str
    """In one sentence."""
    last_seen: LastSeen
    visited: datetime
    expires: datetime | None
    """When silence makes it stale; None is never."""


class InventoryService:
    """Tells where entities stand; it decides nothing."""

    def __init__(
        self,
        store: EntityReader,
        keeper: ScopeKeeper | None = None,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._keeper = keeper or ScopeKeeper(store)
        self._now = now

    async def of(self, organisation: Organisation, key: Key) -> Inventoried:
        """Return where the entity with *key* stands.

        Raises:
            NotFoundError: there is none.
        """
        about = candidate_about(key)
        keys = [key, Candidate(about=about).key] if about else [key]
        records = await self._store.get(organisation, keys)
        record = records.get(key)
        if record is None:
            raise NotFoundError(f"nothing has the key {key[:200]}")
        candidate = records.get(keys[-1])
        standing, why = await self._standing(organisation, record, candidate)
        return Inventoried(key, standing, why, last_seen(record, self._now()), record.visited, record.expires)

    async def _standing(
        self, organisation: Organisation, record: Record, candidate: Record | None
    ) -> tuple[Standing, str]:
        if record.status is Status.EXCLUDED:
            return Standing.EXCLUDED, "a person excluded it"
        if isinstance(record.entity, Candidate):
            return record.entity.standing, _decided(record.entity)
        verdict, _ = await self._keeper.verdict(organisation, record.key)
        if verdict:
            standing = Standing.MONITORED if verdict.depth is Depth.PASSIVE else Standing.APPROVED
            return (Standing.CANDIDATE if record.status is Status.PENDING else standing), verdict.why
        if candidate is not None and isinstance(candidate.entity, Candidate):
            return candidate.entity.standing, _decided(candidate.entity)
        return Standing.CANDIDATE, f"nobody decided: {verdict.why}"


def candidate_about(key: Key) -> str:
    """Return the key of what would be the candidate for the place of *key*; empty where there is none."""
    domain = registrable(host_of(key))
    return Domain(host=domain).key if domain else ""


def last_seen(record: Record, now: datetime) -> LastSeen:
    """Return when *record* was last seen, in a word."""
    if record.status is Status.FROZEN:
        return LastSeen.FROZEN
    if record.status in (Status.STALE, Status.GONE):
        return LastSeen.INACTIVE
    lifetime = LIFETIMES.get(record.kind)
    if lifetime is None or "status" in record.decided:
        return LastSeen.ACTIVE
    silent: timedelta = now - record.visited
    if silent > lifetime:
        return LastSeen.INACTIVE
    return LastSeen.EXPIRING if silent > lifetime * EXPIRING_AFTER else LastSeen.ACTIVE


def _decided(candidate: Candidate) -> str:
    if candidate.reason:
        return candidate.reason
    return f"its clues give a confidence of {candidate.confidence} of 100"
