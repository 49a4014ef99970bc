"""What the API is compared with: three routes on FastAPI, written the usual way, over the same SQLite file.

A write checks each name, looks up what is known, and stores the same rows in the same tables with the same indexes,
with one line of who asked, in one durable transaction. What it does not do: refuse a bad item alone, merge fields,
relationships, history of what changes, a chained audit log that is durable before the write, limits, metrics,
idempotency keys.
"""

import json
import re
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel, field_validator

from benchmarks.api_servers import TOKEN

_GET = (
    "SELECT v.key, v.status, v.revision, v.doc, p.first_seen, p.visited"
    " FROM version v JOIN presence p ON p.entity = v.entity"
)
_NAME = re.compile(r"(?=.{1,253}\Z)(?:(?!-)[a-z0-9_-]{1,63}(?<!-)\.)*(?!-)[a-z0-9_-]{1,63}(?<!-)")
_VERSION = (
    "INSERT INTO version (sequence, entity, organisation, kind, key, revision, status, valid_from, op, fields, actor,"
    " why, common, doc) VALUES (?, ?, 1, ?, ?, 1, 'active', ?, 'created', '', ?, '', '{}', ?)"
)
_COUNT = (
    "INSERT INTO counter VALUES (1, ?, 'active', ?)"
    " ON CONFLICT DO UPDATE SET entities = entities + excluded.entities"
)


class Asset(BaseModel):
    """One entity."""

    key: str
    status: str
    revision: int
    created: datetime
    visited: datetime
    facts: dict[str, Any]


class Item(BaseModel):
    """One sighting."""

    kind: str
    host: str

    @field_validator("host")
    @classmethod
    def canonical(cls, value: str) -> str:
        """Return a name in lower case, or refuse it."""
        name = value.strip().rstrip(".").lower()
        if not _NAME.fullmatch(name):
            raise ValueError("not a DNS name")
        return name


class Batch(BaseModel):
    """Sightings."""

    capability: str
    seen_at: datetime
    entities: list[Item]


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
    async def write(batch: Batch, user: Annotated[str, Depends(known)]) -> dict[str, int]:
        connection.execute("BEGIN IMMEDIATE")
        try:
            written = _write(connection, batch, kinds["domain"])
            asked = (time.time_ns() // 1_000, user, "/api/v1/observations", len(batch.entities))
            connection.execute("INSERT INTO asked VALUES (?, ?, ?, ?)", asked)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        return {"written": written}

    return app


def _write(connection: sqlite3.Connection, batch: Batch, kind: int) -> int:
    """Store what is new, and when the rest was seen; return how many are new."""
    at_us = int(batch.seen_at.timestamp() * 1e6)
    items = {f"#domain#{one.host}": one for one in batch.entities}
    held = dict(
        connection.execute(
            "SELECT key, entity FROM version WHERE organisation = 1 AND valid_to IS NULL"
            f" AND key IN ({', '.join('?' * len(items))})",
            list(items),
        )
    )
    new = [key for key in items if key not in held]
    first = connection.execute("SELECT ifnull(max(sequence), 0) + 1 FROM version").fetchone()[0]
    now_us = time.time_ns() // 1_000
    connection.executemany(
        _VERSION,
        [
            (number, number, kind, key, now_us, batch.capability, items[key].model_dump_json())
            for number, key in enumerate(new, first)
        ],
    )
    connection.executemany(
        "INSERT INTO presence VALUES (?, ?, ?, ?, '')",
        [(number, at_us, at_us, batch.capability) for number, _ in enumerate(new, first)],
    )
    connection.executemany(
        "UPDATE presence SET visited = max(visited, ?) WHERE entity = ?",
        [(at_us, entity) for entity in held.values()],
    )
    connection.execute(_COUNT, (kind, len(new)))
    return len(new)
