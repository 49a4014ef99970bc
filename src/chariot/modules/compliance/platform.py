"""What can be measured of an installation: its people, keys, log, queues, and how it was set up."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

import msgspec

from chariot.model.keys import SYSTEM, Organisation
from chariot.model.kinds.access import ApiKey, Member
from chariot.model.kinds.identity import User
from chariot.model.records import Record
from chariot.modules.audit.ports import Question
from chariot.modules.audit.service import AuditService, Retention
from chariot.modules.compliance.service import Measure
from chariot.modules.intel.service import Intelligence
from chariot.modules.secrets.service import KeyService
from chariot.modules.surface.filters import parse_filter
from chariot.modules.surface.ports import EntityReader
from chariot.modules.surface.query import Query
from chariot.modules.work.messages import QueueDepth

_DORMANT: Final = timedelta(days=90)
_OLD: Final = timedelta(days=365)
_FAILURES: Final = 10
"""So many failed attempts in a row look like guessing."""
_VERIFIED_LIMIT: Final = 50_000
"""A longer audit log takes too long to verify while somebody waits."""
_PAGE: Final = 1_000
_EVIDENCE: Final = 20


class Depths(Protocol):
    """Tells how full queues are."""

    async def depths(self, organisation: Organisation | None = None) -> Sequence[QueueDepth]:
        """See `Bus.depths`."""
        ...


SETUP_FACTS: Final = (
    "identity.issuers",
    "encryption.file-private",
    "storage.home-private",
    "storage.encrypted-way",
    "server.encrypted-way",
    "queues.encrypted-way",
    "outgoing.private-networks",
    "retention.restricted-days",
    "retention.confidential-days",
    "residency.kept",
    "backup.age-days",
)
"""What the settings and files tell."""

FACTS: Final = (
    *SETUP_FACTS,
    "people.without-second-factor",
    "people.dormant",
    "people.failing",
    "members.admins",
    "apikeys.without-end",
    "apikeys.all-powerful",
    "apikeys.unused",
    "apikeys.old",
    "audit.holds",
    "audit.retention-days",
    "audit.checkpoint-age-days",
    "encryption.master-age-days",
    "encryption.key-age-days",
    "encryption.outdated",
    "work.dead-letters",
    "intelligence.age-days",
)
"""Everything that checks may ask for."""


class PlatformFacts:
    """See `Facts`."""

    names = FACTS

    def __init__(
        self,
        store: EntityReader,
        audit: AuditService,
        keys: KeyService,
        bus: Depths,
        intel: Intelligence,
        setup: Callable[[Organisation], Mapping[str, Measure]],
        retention: Retention,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._audit = audit
        self._keys = keys
        self._bus = bus
        self._intel = intel
        self._setup = setup
        self._retention = retention
        self._now = now

    async def measure(self, organisation: Organisation) -> Mapping[str, Measure]:
        """See `Facts.measure`."""
        return {
            **self._setup(organisation),
            **await self._people(organisation),
            **await self._api_keys(organisation),
            **await self._log(organisation),
            **await self._encryption(organisation),
            "work.dead-letters": await self._dead(organisation),
            "intelligence.age-days": await self._knowledge(),
        }

    async def _people(self, organisation: Organisation) -> dict[str, Measure]:
        where = parse_filter(f'home="{organisation}"', ("user",))
        records = await self._all(SYSTEM, Query(kinds=("user",), where=where, limit=_PAGE))
        found = [(one, one.entity) for one in records if isinstance(one.entity, User)]
        users = [(one, user) for one, user in found if not user.suspended]
        admins = [
            one
            for one in await self._all(organisation, Query(kinds=("member",), limit=_PAGE))
            if isinstance(one.entity, Member) and "admin" in one.entity.roles
        ]
        admins += [one for one, user in users if "admin" in user.roles]
        measures = {"members.admins": _count(admins)}
        if not users:
            nobody = Measure(None, "nobody signs in here with a name of this installation")
            names = ("people.without-second-factor", "people.dormant", "people.failing")
            return measures | dict.fromkeys(names, nobody)
        since = self._now() - _DORMANT
        return measures | {
            "people.without-second-factor": _count(
                [one for one, user in users if not user.totp and not user.passkeys]
            ),
            "people.dormant": _count(
                [one for one, user in users if (user.signed_in_at or one.created) < since]
            ),
            "people.failing": _count([one for one, user in users if user.failures >= _FAILURES]),
        }

    async def _api_keys(self, organisation: Organisation) -> dict[str, Measure]:
        records = await self._all(organisation, Query(kinds=("apikey",), limit=_PAGE))
        now = self._now()
        found = [(one, one.entity) for one in records if isinstance(one.entity, ApiKey)]
        held = [
            (one, key)
            for one, key in found
            if not key.revoked and (key.expires_at is None or key.expires_at > now)
        ]
        return {
            "apikeys.without-end": _count([one for one, key in held if key.expires_at is None]),
            "apikeys.all-powerful": _count([one for one, key in held if "*" in key.permissions]),
            "apikeys.unused": _count([one for one, _ in held if one.visited < now - _DORMANT]),
            "apikeys.old": _count([one for one, _ in held if one.created < now - _OLD]),
        }

    async def _log(self, organisation: Organisation) -> dict[str, Measure]:
        newest, _ = await self._audit.find(organisation, Question(limit=1))
        kept = await self._retention(organisation)
        measures = {"audit.retention-days": Measure(kept, f"entries are kept for {kept:,} days")}
        if not newest:
            unknown = Measure(None, "nothing was ever written in the audit log")
        elif newest[0].sequence > _VERIFIED_LIMIT:
            unknown = Measure(None, f"it has {newest[0].sequence:,} entries: run `chariot audit verify`")
        else:
            verified = await self._audit.verify(organisation)
            measures["audit.holds"] = Measure(
                verified.holds,
                f"{verified.entries:,} entries hold",
                tuple(map(str, verified.faults))[:_EVIDENCE],
            )
            measures["audit.checkpoint-age-days"] = self._age(
                verified.last_checkpoint_at, "the last checkpoint was signed"
            )
            return measures
        return measures | {"audit.holds": unknown, "audit.checkpoint-age-days": unknown}

    async def _encryption(self, organisation: Organisation) -> dict[str, Measure]:
        status = await self._keys.status()
        own = [key for key in status.organisations if key.organisation == organisation]
        measures = {
            "encryption.outdated": Measure(status.outdated, f"{status.outdated} are wrapped by an older one")
        }
        master = status.masters[0].made_at if status.masters else None
        measures["encryption.master-age-days"] = self._age(master, "the master key was made")
        newest = own[-1].made_at if own else None
        measures["encryption.key-age-days"] = self._age(newest, "its key was made")
        return measures

    async def _dead(self, organisation: Organisation) -> Measure:
        depths = await self._bus.depths(organisation)
        dead = sum(depth.dead for depth in depths)
        return Measure(dead, f"{dead:,} were given up", tuple(one.queue for one in depths if one.dead))

    async def _knowledge(self) -> Measure:
        status = await self._intel.status()
        newest: dict[str, datetime] = {}
        for feed in status.feeds:
            newest[feed.feed] = max(newest.get(feed.feed, feed.loaded_at), feed.loaded_at)
        if not newest:
            return Measure(None, "no feed is loaded: run `chariot intel update`")
        oldest = min(newest, key=lambda name: newest[name])
        return self._age(newest[oldest], f"the feed {oldest} was loaded")

    def _age(self, at: datetime | None, told: str) -> Measure:
        if at is None:
            return Measure(None, "there is none yet")
        days = max((self._now() - at) / timedelta(days=1), 0.0)
        return Measure(days, f"{told} {days:.1f} days ago")

    async def _all(self, organisation: Organisation, query: Query) -> list[Record]:
        found: list[Record] = []
        while True:
            page = await self._store.find(organisation, query)
            found += page.items
            if not page.cursor:
                return found
            query = msgspec.structs.replace(query, cursor=page.cursor)


def _count(records: Sequence[Record]) -> Measure:
    number = len(records)
    return Measure(number, f"{number:,} found", tuple(one.key for one in records[:_EVIDENCE]))
