"""Restores: a lossless export comes back as it was, with states, decisions, origins and first seen.

An import says "somebody saw this"; a restore says "this is how it was". It never touches what is there already,
so doing it twice, or going on after it was broken off, is harmless.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import groupby, islice
from pathlib import Path
from typing import IO

import msgspec

from chariot.errors import InvalidError, NotFoundError
from chariot.format import Refused
from chariot.model import checks
from chariot.model.base import Entity
from chariot.model.keys import SHARED, Key, Organisation
from chariot.model.records import Op
from chariot.modules.exchange.exports.lines import (
    EntityLine,
    Placed,
    RelationshipLine,
    read_header,
    read_lines,
)
from chariot.modules.exchange.exports.source import without_secrets
from chariot.modules.surface.decide import edge_id
from chariot.modules.surface.facts import facts_of
from chariot.modules.surface.merge import common_doc, entity_doc
from chariot.modules.surface.ports import EntityWriter
from chariot.modules.surface.states import (
    Applied,
    Common,
    Decide,
    EdgeId,
    EdgeWrite,
    EntityWrite,
    Presence,
    Refusal,
    Stored,
    StoredEdge,
    Writes,
    micros,
)

_BATCH = 2_000
_REFUSALS_KEPT = 100
_WHY = "restored from an export"
_evidence = msgspec.json.Encoder(order="deterministic").encode


class RestoreReport(msgspec.Struct, kw_only=True):
    """What a restore did, or would do."""

    file: str
    made_at: datetime | None = None
    """When the export was made."""
    organisation: str = ""
    """Whose surface it was."""
    entities: int = 0
    """Restored."""
    relationships: int = 0
    kept: int = 0
    """Were there already and stayed as they are."""
    refused: int = 0
    errors: list[Refusal] = []
    """The first of what was refused, each with its place and reason."""
    written: bool = True


class RestoreService:
    """Restores lossless exports into one store."""

    def __init__(
        self, store: EntityWriter, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._store = store
        self._now = now

    async def restore(
        self,
        organisation: Organisation,
        path: Path,
        *,
        actor: str,
        shared: bool = False,
        dry_run: bool = False,
    ) -> RestoreReport:
        """Bring back what *path* holds; with *dry_run* only read it to its end.

        With *shared*, what all organisations know is written where nobody knows it yet; that is for whoever runs
        the installation, because every organisation reads it. The file is read to its end before anything is
        written, so a broken one leaves nothing half-written.

        Raises:
            NotFoundError: there is no such file.
            InvalidError: it is broken, cut, or no lossless export; the text names the line.
        """
        checks.filled(actor)
        with _opened(path) as stream:
            header = read_header(stream)
            report = RestoreReport(
                file=str(path),
                made_at=header.made_at,
                organisation=header.organisation,
                written=not dry_run,
            )
            seen: Counter[type] = Counter()
            for item in read_lines(stream):
                if isinstance(item, Refused):
                    _refuse(report, item.place, item.reason)
                else:
                    seen[type(item.line)] += 1
            if dry_run:
                report.entities, report.relationships = seen[EntityLine], seen[RelationshipLine]
                return report
            stream.seek(0)
            read_header(stream)
            work = _Restore(self._store, organisation, actor, self._now(), report, shared=shared)
            await work.run(item for item in read_lines(stream) if isinstance(item, Placed))
        return report


class _Restore:
    """One restore on its way."""

    def __init__(
        self,
        store: EntityWriter,
        organisation: Organisation,
        actor: str,
        now: datetime,
        report: RestoreReport,
        *,
        shared: bool,
    ) -> None:
        self._store = store
        self._organisation = organisation
        self._actor = actor
        self._now_us = micros(now)
        self._report = report
        self._shared = shared

    async def run(self, items: Iterator[Placed]) -> None:
        for home, group in groupby(items, self._home):
            while batch := list(islice(group, _BATCH)):
                await self._write(home, batch)

    def _home(self, item: Placed) -> tuple[Organisation, type]:
        line = item.line
        common = isinstance(line, EntityLine) and line.shared
        return (SHARED if common else self._organisation, type(line))

    async def _write(self, home: tuple[Organisation, type], batch: list[Placed]) -> None:
        organisation, kind = home
        if organisation == SHARED != self._organisation and not self._shared:
            for item in batch:
                _refuse(self._report, item.place, "is shared by all organisations; the operator restores it")
            return
        if kind is EntityLine:
            keys = sorted({Key(item.line.key) for item in batch if isinstance(item.line, EntityLine)})
            applied = await self._store.apply(organisation, keys, (), self._entities(batch))
        else:
            edges = [
                edge_id(item.line.relationship) for item in batch if isinstance(item.line, RelationshipLine)
            ]
            applied = await self._store.apply(organisation, (), edges, self._relationships(batch))
        self._count(applied, len(batch))

    def _count(self, applied: Applied, lines: int) -> None:
        self._report.entities += applied.created
        self._report.relationships += applied.linked
        self._report.kept += lines - applied.created - applied.linked - len(applied.refused)
        for one in applied.refused:
            _refuse(self._report, one.place, one.reason)

    def _entities(self, batch: Sequence[Placed]) -> Decide:
        def decide(stored: Mapping[Key, Stored], _edges: Mapping[EdgeId, StoredEdge]) -> Writes:
            writes = Writes()
            done = set(stored)
            for item in batch:
                line = item.line
                assert isinstance(line, EntityLine)
                key = line.entity.key
                if key in done:
                    continue
                try:
                    writes.entities.append(self._entity(key, without_secrets(line.entity), line))
                except ValueError as error:
                    writes.refused.append(Refusal(item.place, str(error)))
                    continue
                done.add(key)
            return writes

        return decide

    def _entity(self, key: Key, entity: Entity, line: EntityLine) -> EntityWrite:
        names = {spec.name for spec in entity.specs} | {"status"}
        for name in line.decided:
            if name not in names and not name.startswith("tag:"):
                raise ValueError(f"a {entity.kind} has no field {checks.shown(name)} that somebody decided")
        for label, value in line.tags.items():
            checks.slug(label)
            checks.line(value)
        decided_us = min(micros(line.updated), self._now_us)
        common = Common(
            source=line.source,
            surface=line.surface,
            tags=dict(sorted(line.tags.items())),
            decided=dict.fromkeys(sorted(line.decided), decided_us),
        )
        presence = Presence(
            key, self._instant(line.first_seen), self._instant(line.last_seen), _origins(line.origins), ""
        )
        return EntityWrite(
            key,
            entity.kind,
            1,
            Op.CREATED,
            line.status.value,
            facts_of(entity),
            entity_doc(entity),
            common_doc(common),
            "",
            self._actor,
            _WHY,
            presence,
        )

    def _relationships(self, batch: Sequence[Placed]) -> Decide:
        def decide(stored: Mapping[Key, Stored], edges: Mapping[EdgeId, StoredEdge]) -> Writes:
            writes = Writes()
            done = set(edges)
            for item in batch:
                line = item.line
                assert isinstance(line, RelationshipLine)
                one = edge_id(line.relationship)
                missing = next((end for end in (one[0], one[2]) if end not in stored), None)
                if missing is not None:
                    writes.refused.append(Refusal(item.place, f"no entity has the key {missing[:200]}"))
                elif one not in done:
                    done.add(one)
                    writes.edges.append(self._relationship(one, line))
            return writes

        return decide

    def _relationship(self, one: EdgeId, line: RelationshipLine) -> EdgeWrite:
        evidence = _evidence(line.relationship.evidence).decode() if line.relationship.evidence else ""
        last_us = self._instant(line.last_seen)
        return EdgeWrite(
            one,
            Op.LINKED,
            evidence,
            self._actor,
            _WHY,
            self._instant(line.first_seen),
            last_us,
            _origins(line.origins),
            last_us if evidence else 0,
        )

    def _instant(self, at: datetime) -> int:
        """Return *at*, but nothing was seen later than now: it would never expire."""
        return min(micros(at), self._now_us)


def _origins(names: Sequence[str]) -> str:
    # Origins are joined by commas, so a comma inside one would make two of it.
    return ",".join(sorted({checks.filled(name).replace(",", ";") for name in names}))


def _refuse(report: RestoreReport, place: str, reason: str) -> None:
    report.refused += 1
    if len(report.errors) < _REFUSALS_KEPT:
        report.errors.append(Refusal(place, reason))


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        stream = path.open("rb")
    except FileNotFoundError:
        raise NotFoundError(f"there is no file {path}") from None
    except OSError as error:
        raise InvalidError(f"cannot be read: {error.strerror}", place=str(path)) from error
    with stream:
        yield stream
