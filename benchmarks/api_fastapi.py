"""What the API is compared with more strictly: its three routes on FastAPI in tuned SQL, over the same SQLite file.

How such an API is usually written stands in `api_usual`. Here a write does what can be seen of ours: each item is
checked by pydantic and refused alone, what is known is merged with what is new, a change is a new version beside the
one before, and counts and a line of who asked go with it, all in one durable transaction of plain SQL, a list of rows
at a time, with the same tables and indexes. Left out are relationships (the benchmark sends none), tags, stamps of
single fields, facts that are indexed, the chain and the signature of the audit log, limits, metrics and idempotency
keys.
"""

import json
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    IPvAnyAddress,
    TypeAdapter,
    ValidationError,
    field_validator,
)

from benchmarks.api_servers import TOKEN

_GET = (
    "SELECT v.key, v.status, v.revision, v.doc, p.first_seen, p.visited"
    " FROM version v JOIN presence p ON p.entity = v.entity"
)
_NAME = re.compile(r"(?=.{1,253}\Z)(?:(?!-)[a-z0-9_-]{1,63}(?<!-)\.)*(?!-)[a-z0-9_-]{1,63}(?<!-)")
SKEW = timedelta(minutes=10)
_KNOWN = (
    "SELECT v.key, v.entity, v.revision, v.doc, p.visited, p.origins"
    " FROM version v JOIN presence p ON p.entity = v.entity WHERE v.organisation = 1 AND v.valid_to IS NULL"
)
_END = "UPDATE version SET valid_to = ? WHERE organisation = 1 AND key = ? AND valid_to IS NULL"
_VERSION = (
    "INSERT INTO version (sequence, entity, organisation, kind, key, revision, status, valid_from, op, fields, actor,"
    " why, common, doc) VALUES (?, ?, 1, ?, ?, ?, 'active', ?, ?, ?, ?, '', '{}', ?)"
)
_SEEN = "UPDATE presence SET first_seen = min(first_seen, ?), visited = max(visited, ?), origins = ? WHERE entity = ?"
_COUNT = (
    "INSERT INTO counter VALUES (1, ?, 'active', ?)"
    " ON CONFLICT DO UPDATE SET entities = entities + excluded.entities"
)


class Asset(BaseModel):
    """One entity."""

    model_config = ConfigDict(from_attributes=True)

    key: str
    status: str
    revision: int
    created: datetime
    visited: datetime
    facts: dict[str, Any]


class Domain(BaseModel):
    """A name that was seen."""

    kind: Literal["domain"]
    host: str
    purpose: str = ""

    @field_validator("host")
    @classmethod
    def canonical(cls, value: str) -> str:
        """Return a name in lower case, or refuse it."""
        name = value.strip().rstrip(".").lower()
        if not _NAME.fullmatch(name):
            raise ValueError("not a DNS name")
        return name

    @property
    def key(self) -> str:
        """What it is known by."""
        return f"#domain#{self.host}"


class Address(BaseModel):
    """An address that was seen."""

    kind: Literal["address"]
    ip: IPvAnyAddress

    @property
    def key(self) -> str:
        """What it is known by."""
        return f"#address#{self.ip}"


Item = Domain | Address
_item: TypeAdapter[Item] = TypeAdapter(Annotated[Item, Field(discriminator="kind")])


class Batch(BaseModel):
    """Sightings; an item that is wrong is refused alone, so each is checked by itself."""

    capability: str
    seen_at: datetime
    entities: Annotated[list[dict[str, Any]], Field(max_length=5_000)]


class Refusal(BaseModel):
    """An item that was not taken."""

    place: str
    reason: str


class Applied(BaseModel):
    """What became of a batch."""

    sequence: int
    created: int
    changed: int
    confirmed: int
    refused: list[Refusal]


def _asset(row: tuple[Any, ...]) -> Asset:
    return Asset(
        key=row[0], status=row[1], revision=row[2], facts=json.loads(row[3]),
        created=datetime.fromtimestamp(row[4] / 1e6, UTC), visited=datetime.fromtimestamp(row[5] / 1e6, UTC),
    )  # fmt: skip


def make_app(folder: Path) -> FastAPI:
    """Return the application; its writes go to a table of its own in the same file."""
    app = FastAPI()
    connection = sqlite3.connect(folder / "chariot.db", check_same_thread=False, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS asked (at INTEGER, actor TEXT, path TEXT, items INTEGER)")
    kinds = dict(connection.execute("SELECT name, id FROM kind"))
    kind = kinds["risk"]
    place = connection.execute(
        "SELECT place FROM slot WHERE kind = ? AND field = 'score'", (kind,)
    ).fetchone()[0]

    async def known(authorization: Annotated[str, Header()]) -> str:
        if authorization != f"Bearer {TOKEN}":
            raise HTTPException(401)
        return "local"

    @app.get("/api/v1/entities/{key:path}")
    async def read(key: str, _user: Annotated[str, Depends(known)]) -> Asset:
        row = connection.execute(
            f"{_GET} WHERE v.organisation = 1 AND v.key = ? AND v.valid_to IS NULL", (key,)
        ).fetchone()
        if row is None:
            raise HTTPException(404)
        return _asset(row)

    @app.get("/api/v1/risks")
    async def page(_user: Annotated[str, Depends(known)], limit: int = 50) -> list[Asset]:
        rows = connection.execute(
            f"{_GET} WHERE v.organisation = 1 AND v.kind = ? AND v.valid_to IS NULL AND v.fact_{place} IS NOT NULL"
            f" ORDER BY v.fact_{place} DESC, v.entity DESC LIMIT ?",
            (kind, limit),
        ).fetchall()
        return [_asset(row) for row in rows]

    @app.post("/api/v1/observations")
    async def write(batch: Batch, user: Annotated[str, Depends(known)]) -> Applied:
        if batch.seen_at > datetime.now(UTC) + SKEW:
            raise HTTPException(400, "seen_at lies in the future")
        items, refused = checked(batch)
        connection.execute("BEGIN IMMEDIATE")
        try:
            sequence, created, changed = _write(connection, batch, items, kinds)
            asked = (time.time_ns() // 1_000, user, "/api/v1/observations", len(batch.entities))
            connection.execute("INSERT INTO asked VALUES (?, ?, ?, ?)", asked)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        confirmed = len(items) - created - changed
        return Applied(
            sequence=sequence, created=created, changed=changed, confirmed=confirmed, refused=refused
        )

    return app


def checked(batch: Batch) -> tuple[dict[str, Item], list[Refusal]]:
    """Return the items that hold, by key, and why the others do not."""
    items: dict[str, Item] = {}
    refused: list[Refusal] = []
    for place, raw in enumerate(batch.entities):
        try:
            one = _item.validate_python(raw)
        except ValidationError as error:
            refused.append(Refusal(place=f"entities[{place}]", reason=error.errors()[0]["msg"]))
        else:
            items[one.key] = one
    return items, refused


def _write(
    connection: sqlite3.Connection, batch: Batch, items: Mapping[str, Item], kinds: Mapping[str, int]
) -> tuple[int, int, int]:
    """Store what is new, what differs as a new version, and when all was seen; return the last number and counts."""
    at_us, now_us = int(batch.seen_at.timestamp() * 1e6), time.time_ns() // 1_000
    held = {
        row[0]: row[1:]
        for row in connection.execute(f"{_KNOWN} AND v.key IN ({', '.join('?' * len(items))})", list(items))
    }
    sequence = connection.execute("SELECT ifnull(max(sequence), 0) FROM version").fetchone()[0]
    versions: list[tuple[Any, ...]] = []
    arrived: list[tuple[Any, ...]] = []
    seen: list[tuple[Any, ...]] = []
    ended: list[tuple[int, str]] = []
    for key, item in items.items():
        known = held.get(key)
        stated = item.model_dump(mode="json", exclude_defaults=True)
        if known is None:
            sequence += 1
            arrived.append((sequence, at_us, at_us, batch.capability))
            said = (1, now_us, "created", "", batch.capability, json.dumps(stated))
            versions.append((sequence, sequence, kinds[item.kind], key, *said))
            continue
        entity, revision, doc, visited_us, origins = known
        seen.append((at_us, at_us, joined(origins, batch.capability), entity))
        before = json.loads(doc)
        # What an older sighting says does not outdo what a newer one said.
        merged = before | stated if at_us >= visited_us else stated | before
        differs = [name for name, value in merged.items() if before.get(name) != value]
        if differs:
            sequence += 1
            ended.append((now_us, key))
            said = (revision + 1, now_us, "updated", ",".join(differs), batch.capability, json.dumps(merged))
            versions.append((sequence, entity, kinds[item.kind], key, *said))
    connection.executemany(_END, ended)
    connection.executemany(_VERSION, versions)
    connection.executemany("INSERT INTO presence VALUES (?, ?, ?, ?, '')", arrived)
    connection.executemany(_SEEN, seen)
    new = Counter(items[key].kind for key in items if key not in held)
    connection.executemany(_COUNT, [(kinds[name], count) for name, count in new.items()])
    return sequence, len(arrived), len(ended)


def joined(origins: str, name: str) -> str:
    return ",".join(sorted({*origins.split(","), name}))
