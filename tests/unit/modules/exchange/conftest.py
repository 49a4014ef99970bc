"""A store, a clock that stands, and a format whose lines say freely what they bring."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import IO, Any

import msgspec
import pytest

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.errors import InvalidError
from chariot.format import Decided, Format, Parsed, Refused
from chariot.model.base import Entity
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.network import Address, Domain, Port
from chariot.model.kinds.weakness import Risk
from chariot.model.observations import Observations
from chariot.model.registry import entity_decoder, entity_encoder
from chariot.model.relationships import Relationship, RelationshipType
from chariot.model.states import Severity
from chariot.modules.exchange.imports import ImportService
from chariot.modules.exchange.ledger import Ledger
from chariot.modules.surface.query import Query
from chariot.modules.surface.service import SurfaceService

ACME = Organisation("acme")
NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HOST = Address(ip="192.0.2.7")
PORT = Port(address="192.0.2.7", protocol="tcp", number=443)
SHOP = Domain(host="shop.test")
_relationship = msgspec.json.Decoder(Relationship)


def risk(weakness: str = "CVE-2023-12345", target: Entity = PORT, **fields: Any) -> Risk:
    return Risk(
        target=target.key, weakness=weakness, severity=fields.pop("severity", Severity.HIGH), **fields
    )


def link(kind: RelationshipType, source: Entity, target: Entity) -> Relationship:
    return Relationship(kind, source.key, target.key)


class Notes(Format):
    """Lines of JSON that say what they bring; `broken` breaks the file, `refused` one record."""

    name = "notes"
    title = "Notes"
    example = "write them"

    def sniff(self, head: bytes) -> int:
        return 100 if head.startswith((b'{"notes"', b"broken")) else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        for number, line in enumerate(stream, start=1):
            place = f"line {number}"
            if line.startswith(b"broken"):
                raise InvalidError("is broken", place=place)
            said = json.loads(line)
            if said.get("refused"):
                yield Refused(place, said["refused"])
                continue
            yield Parsed(
                place,
                tuple(entity_decoder.decode(json.dumps(one)) for one in said.get("entities", ())),
                tuple(_relationship.decode(json.dumps(one)) for one in said.get("relationships", ())),
                said.get("findings", 0),
                datetime.fromisoformat(said["seen_at"]) if said.get("seen_at") else None,
                tuple(map(Key, said.get("covers", ()))),
                msgspec.convert(said.get("decided", ()), tuple[Decided, ...]),
            )


class OtherNotes(Notes):
    """The same, of another tool."""

    name = "other"

    def sniff(self, head: bytes) -> int:
        return 0


def note(
    *said: Entity | Relationship, at: datetime | None = NOON, covers: tuple[Entity, ...] = (), **more: Any
) -> bytes:
    """Return one line."""
    entities = [json.loads(entity_encoder.encode(one)) for one in said if isinstance(one, Entity)]
    relationships = [msgspec.to_builtins(one) for one in said if isinstance(one, Relationship)]
    written = {
        "notes": 1,
        "entities": entities,
        "relationships": relationships,
        "findings": sum(isinstance(one, Risk) for one in said),
        "seen_at": at.isoformat() if at else None,
        "covers": [one.key for one in covers],
    }
    return json.dumps(written | more).encode() + b"\n"


def finding(weakness: str = "CVE-2023-12345", **more: Any) -> bytes:
    """Return a line with one risk at the port, and all that leads to it."""
    one = risk(weakness)
    return note(
        HOST,
        PORT,
        one,
        link(RelationshipType.HAS_PORT, HOST, PORT),
        link(RelationshipType.HAS_RISK, PORT, one),
        **more,
    )


class World:
    """Imports into one store, with a clock that a test moves."""

    def __init__(self, path: Path, folder: Path) -> None:
        self.now = NOON + DAY
        self._folder = folder
        self._names = count()
        ids = count()
        self.store = SqliteEntityStore(SqliteDatabase(path), now=lambda: self.now)
        self.surface = SurfaceService(self.store, now=lambda: self.now)
        formats = {one.name: one for one in (Notes(), OtherNotes())}
        ledger = Ledger(self.surface, now=self._tick, new_id=lambda: f"i{next(ids)}")
        self.service = ImportService(
            self.surface, formats, ledger=ledger, now=self._tick, batch_items=12, held_items=10
        )

    def _tick(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now

    def file(self, *lines: bytes) -> Path:
        path = self._folder / f"{next(self._names)}.notes"
        path.write_bytes(b"".join(lines))
        return path

    async def bring(self, *lines: bytes, **options: Any) -> Any:
        return await self.service.import_file(ACME, self.file(*lines), **options)

    async def undo(self, import_id: str, **options: Any) -> Any:
        return await self.service.undo(ACME, import_id, **options)

    async def see(self, *said: Entity | Relationship, capability: str = "probe", at: datetime = NOON) -> None:
        batch = Observations(
            capability=capability,
            seen_at=at,
            entities=tuple(one for one in said if isinstance(one, Entity)),
            relationships=tuple(one for one in said if isinstance(one, Relationship)),
        )
        applied = await self.surface.observe(ACME, batch)
        assert not applied.refused

    async def score(self, risk: Entity, at: datetime) -> None:
        """Do what the assessor does."""
        batch = Observations(capability="assessor", seen_at=at, entities=(risk,))
        applied = await self.surface.conclude(ACME, batch)
        assert not applied.refused

    async def get(self, entity: Entity) -> Any:
        return (await self.store.get(ACME, [entity.key])).get(entity.key)

    async def told(self) -> dict[str, Any]:
        """Return everything on the surface but the imports themselves: facts, who and when, relationships."""
        kinds = ("domain", "address", "port", "risk")
        found: dict[str, Any] = {}
        page = await self.store.find(ACME, Query(kinds=kinds, limit=1_000))
        for record in page.items:
            edges = await self.store.edges(ACME, record.key, direction="out")
            found[record.key] = (
                record.entity, record.status, record.source, record.origins, record.tags, record.created,
                record.visited, record.decided, sorted(map(str, edges.items)),
            )  # fmt: skip
        return found


@pytest.fixture
def open_world(tmp_path: Path) -> Callable[[], World]:
    return lambda: World(tmp_path / "store.db", tmp_path)


@pytest.fixture
async def world(open_world: Callable[[], World]) -> AsyncIterator[World]:
    opened = open_world()
    yield opened
    await opened.store.close()
