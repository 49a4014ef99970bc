"""Ownership: what is come across outside of every seed is weighed, kept as a candidate, and decided by people.

Nothing is sent to a candidate. What a person decided stays so, whatever is seen later.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from chariot.errors import ConflictError, InvalidError, NotFoundError
from chariot.model.base import Entity
from chariot.model.keys import Key, Organisation, kind_of
from chariot.model.kinds.candidate import Candidate, Clue, confidence
from chariot.model.kinds.network import Address, Domain, Netblock
from chariot.model.kinds.work import Attribute, Seed, Setting
from chariot.model.observations import Edit, Observations
from chariot.model.records import Record
from chariot.model.relationships import Relationship
from chariot.model.states import Depth, Standing, Status
from chariot.modules.discovery.clues import IN_FROM, OUT_BELOW, Terms, registrants_known_since
from chariot.modules.discovery.inventory import Inventoried, InventoryService
from chariot.modules.discovery.sightings import clues_of
from chariot.modules.surface.filters import parse_filter
from chariot.modules.surface.query import PAGE_LIMIT, Page, Query
from chariot.modules.surface.service import SurfaceService

ORIGIN: Final = "ownership"
"""Who stands in the origins and decisions that the weight of clues made."""
IN_SETTING: Final = "ownership-in"
OUT_SETTING: Final = "ownership-out"
WORDS_SETTING: Final = "ownership-words"
REASON_NEEDED: Final = frozenset({Standing.EXCLUDED, Standing.DEPENDENCY})
_TERMS_AGE: Final = timedelta(seconds=30)
_SETTLED: Final = frozenset({Standing.APPROVED, Standing.MONITORED})
_PLACES: Final[Mapping[str, Callable[[str], Entity]]] = {
    "domain": lambda value: Domain(host=value),
    "address": lambda value: Address(ip=value),
    "netblock": lambda value: Netblock(cidr=value),
}


class Bounds(msgspec.Struct, frozen=True):
    """From which confidence on something is in, and below which it is not even kept."""

    is_in: int = IN_FROM
    is_out: int = OUT_BELOW


class _Known(msgspec.Struct, frozen=True):
    """What is ours, as it was read."""

    read_at: datetime
    scan: str
    """For which scan: the first look of another one reads again, since its seeds are new."""
    terms: Terms
    bounds: Bounds


class OwnershipService:
    """Weighs what lies outside of scope, and keeps what people decide of it."""

    def __init__(
        self, surface: SurfaceService, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._surface = surface
        self._store = surface.store
        self._now = now
        self._known: dict[Organisation, _Known] = {}

    async def consider(
        self,
        organisation: Organisation,
        target: Record,
        capability: str,
        found: Sequence[Entity | Relationship],
        outside: Sequence[Entity],
        *,
        scan: str = "",
    ) -> int:
        """Weigh what *capability* found at *target*, *outside* of scope; return how many candidates came of it.

        *scan* is what it looked for: its seeds count as ours from its beginning.
        """
        if not outside and target.kind != "candidate":
            return 0
        terms, bounds = await self._terms(organisation, scan)
        clues = clues_of(target, capability, [*found, *outside], outside, terms)
        if not clues:
            return 0
        # Each look has to say enough by itself: so the order of looks does not matter, and hints at providers
        # that everybody uses do not pile up.
        written = tuple(
            Candidate(about=about, clues=tuple(sorted(new)))
            for about, new in clues.items()
            if confidence(new) >= bounds.is_out or _is_news(target, about, new)
        )
        if written:
            await self._write(organisation, written)
            # Others look at the same moment. What all said together stands in the store, and there alone.
            stored = await self._store.get(organisation, [one.key for one in written])
            await self._approve(organisation, stored.values(), bounds)
        return len(written)

    async def settle(self, organisation: Organisation) -> int:
        """Weigh what waits once more, with all that is known by now; return how many are in since.

        Looks end in any order: whose a seed is may be told after a candidate of the same owner was looked at.
        """
        terms, bounds = await self._terms(organisation, None)
        where = parse_filter(f"standing={Standing.CANDIDATE.value}", (Candidate.kind,))
        waiting = await self._all(organisation, Query(kinds=(Candidate.kind,), where=where, limit=PAGE_LIMIT))
        written = tuple(
            Candidate(about=record.entity.about, clues=tuple(new))
            for record in waiting
            if isinstance(record.entity, Candidate)
            and (new := registrants_known_since(record.entity.clues, terms))
        )
        if written:
            await self._write(organisation, written)
        stored = await self._store.get(organisation, [record.key for record in waiting])
        return await self._approve(organisation, stored.values(), bounds)

    async def _write(self, organisation: Organisation, candidates: tuple[Candidate, ...]) -> None:
        batch = Observations(capability=ORIGIN, seen_at=self._now(), entities=candidates)
        await self._surface.observe(organisation, batch)

    async def _approve(self, organisation: Organisation, records: Iterable[Record], bounds: Bounds) -> int:
        """Take in what its clues say enough of; return how many of *records* that were."""
        why, approved = f"the clues to it weigh {bounds.is_in} of 100 or more", 0
        for key in [record.key for record in records if _is_ours(record, bounds)]:
            # Somebody decided at the same moment: what a person says counts.
            with suppress(ConflictError):
                await self.decide(organisation, key, Standing.APPROVED, actor=ORIGIN, why=why)
                approved += 1
        return approved

    async def candidates(
        self,
        organisation: Organisation,
        *,
        standing: Standing | None = Standing.CANDIDATE,
        limit: int = 100,
        cursor: str = "",
    ) -> Page[Record]:
        """Return candidates of one standing, or all, the likeliest first."""
        where = parse_filter(f"standing={standing.value}", ("candidate",)) if standing is not None else None
        query = Query(kinds=("candidate",), where=where, sort="-confidence", limit=limit, cursor=cursor)
        return await self._store.find(organisation, query)

    async def get(self, organisation: Organisation, key: Key) -> Record:
        """Return one candidate.

        Raises:
            NotFoundError: there is none of that key.
        """
        record = (await self._store.get(organisation, [key])).get(key)
        if record is None or not isinstance(record.entity, Candidate):
            raise NotFoundError(f"no candidate has the key {key[:200]}")
        return record

    async def place(self, organisation: Organisation, key: Key) -> Inventoried:
        """Return where an entity stands; see `InventoryService.of`."""
        return await InventoryService(self._store, now=self._now).of(organisation, key)

    async def decide(
        self, organisation: Organisation, key: Key, standing: Standing, *, actor: str, why: str = ""
    ) -> Record:
        """Keep what a person says of a candidate, and let scope follow: approving makes a seed, excluding denies.

        Raises:
            NotFoundError: there is no such candidate.
            InvalidError: a reason is missing.
            ConflictError: it stands so already.
        """
        record = await self.get(organisation, key)
        assert isinstance(record.entity, Candidate)
        if standing in REASON_NEEDED and not why.strip():
            raise InvalidError(f"say why it is {standing.value}: it is remembered", place="reason")
        if record.entity.standing is standing and (_is_decided(record) or standing is Standing.CANDIDATE):
            raise ConflictError(f"{record.entity.value} is {standing.value} already")
        own = Edit(
            actor=actor,
            why=why,
            key=key,
            fields={"standing": standing.value, "reason": why},
            # Decided things do not expire by silence.
            status=Status.ACTIVE,
            if_revision=record.revision,
        )
        followed = await self._scope_edits(organisation, record.entity, standing, actor, why)
        await self._surface.edit(organisation, [own, *followed])
        self._known.pop(organisation, None)
        return await self.get(organisation, key)

    async def _scope_edits(
        self, organisation: Organisation, candidate: Candidate, standing: Standing, actor: str, why: str
    ) -> list[Edit]:
        """Return the edits by which scope follows a decision."""
        seed = Seed(value=candidate.value, note=(why or "a candidate that was approved")[:2_000])
        place = _PLACES[kind_of(candidate.about)](candidate.value)
        known = await self._store.get(organisation, [seed.key, place.key])
        edits: list[Edit] = []
        if standing in _SETTLED:
            depth = Depth.PASSIVE if standing is Standing.MONITORED else Depth.NORMAL
            fields = {"depth": depth.value}
            edits.append(Edit(actor=actor, why=why, entity=seed, fields=fields, status=Status.ACTIVE))
        elif seed.key in known and known[seed.key].status is not Status.EXCLUDED:
            edits.append(Edit(actor=actor, why=why, key=seed.key, status=Status.EXCLUDED))
        held = known.get(place.key)
        if standing is Standing.EXCLUDED:
            edits.append(Edit(actor=actor, why=why, entity=place, status=Status.EXCLUDED))
        elif held is not None and held.status is Status.EXCLUDED:
            edits.append(Edit(actor=actor, why=why, entity=place, status=Status.ACTIVE))
        return edits

    async def _terms(self, organisation: Organisation, scan: str | None) -> tuple[Terms, Bounds]:
        """Return what is ours for certain, not older than half a minute, and read since *scan* began.

        None for the scan has it read now.
        """
        now = self._now()
        held = self._known.get(organisation)
        if held is not None and held.scan == scan and now - held.read_at < _TERMS_AGE:
            return held.terms, held.bounds
        seeds = [
            record.entity.value
            for record in await self._all(organisation, Query(kinds=("seed",), limit=PAGE_LIMIT))
            if isinstance(record.entity, Seed)
            and record.status is Status.ACTIVE
            and not record.entity.is_network
        ]
        settings = await self._settings(organisation)
        words = [word for word in settings.get(WORDS_SETTING, "").replace(",", " ").split() if word]
        terms = Terms.of(seeds, words=words, registrants=await self._registrants(organisation))
        bounds = Bounds(_number(settings, IN_SETTING, IN_FROM), _number(settings, OUT_SETTING, OUT_BELOW))
        if scan is not None:
            self._known[organisation] = _Known(now, scan, terms, bounds)
        return terms, bounds

    async def _registrants(self, organisation: Organisation) -> Collection[str]:
        where = parse_filter("label=registrant", ("attribute",))
        query = Query(kinds=("attribute",), where=where, limit=PAGE_LIMIT)
        return [
            record.entity.value
            for record in await self._all(organisation, query)
            if isinstance(record.entity, Attribute) and record.entity.owner.startswith("#seed#")
        ]

    async def _settings(self, organisation: Organisation) -> dict[str, str]:
        keys = [Setting(label=label).key for label in (IN_SETTING, OUT_SETTING, WORDS_SETTING)]
        records = (await self._store.get(organisation, keys)).values()
        return {
            record.entity.label: record.entity.value
            for record in records
            if isinstance(record.entity, Setting) and record.status is Status.ACTIVE
        }

    async def _all(self, organisation: Organisation, query: Query) -> list[Record]:
        found: list[Record] = []
        while True:
            page = await self._store.find(organisation, query)
            found += page.items
            if not page.cursor:
                return found
            query = msgspec.structs.replace(query, cursor=page.cursor)


def _is_news(target: Record, about: Key, clues: Collection[Clue]) -> bool:
    """Tell whether *target* is the candidate of *about*, and does not hold all of *clues* yet.

    What weighs nothing and was told before is no sighting: it would keep alive what nobody comes across any more.
    """
    entity = target.entity
    return isinstance(entity, Candidate) and entity.about == about and not set(clues) <= set(entity.clues)


def _is_decided(record: Record) -> bool:
    return "standing" in record.decided


def _is_ours(record: Record, bounds: Bounds) -> bool:
    """Tell whether nobody decided about a candidate, and its clues say enough by themselves."""
    entity = record.entity
    assert isinstance(entity, Candidate)
    is_open = entity.standing is Standing.CANDIDATE and not _is_decided(record)
    return is_open and entity.confidence >= bounds.is_in


def _number(settings: Mapping[str, str], label: str, default: int) -> int:
    """Return a bound from the settings; one that is no number from 0 to 101 counts for nothing."""
    text = settings.get(label, "")
    return (
        int(text) if text.isascii() and text.isdecimal() and len(text) <= 3 and int(text) <= 101 else default
    )


def clue_lines(clues: Iterable[Clue]) -> list[str]:
    """Return clues as sentences for a person, the weightiest first."""
    ordered = sorted(clues, key=lambda clue: (-clue.weight, clue))
    return [
        f"{clue.weight:>3}  {clue.kind}: {clue.datum}"
        + (f", as {clue.term}" if clue.term else "")
        + (f" (at {clue.via})" if clue.via else "")
        for clue in ordered
    ]
