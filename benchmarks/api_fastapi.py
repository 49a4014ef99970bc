"""What the API is compared with: three routes on FastAPI, written the usual way, over the same SQLite file."""

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel

from benchmarks.api_servers import TOKEN

_GET = (
    "SELECT v.key, v.status, v.revision, v.doc, p.first_seen, p.visited"
    " FROM version v JOIN presence p ON p.entity = v.entity"
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
    connection.execute("CREATE TABLE IF NOT EXISTS seen (key TEXT PRIMARY KEY, doc TEXT, at TEXT)")
    kind = connection.execute("SELECT id FROM kind WHERE name = 'risk'").fetchone()[0]
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
    async def write(batch: Batch, _user: Annotated[str, Depends(known)]) -> dict[str, int]:
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO seen VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET at = excluded.at",
            [
                (f"#domain#{one.host}", one.model_dump_json(), batch.seen_at.isoformat())
                for one in batch.entities
            ],
        )
        connection.execute("COMMIT")
        return {"written": len(batch.entities)}

    return app
