"""What the API is compared with: the three routes written the usual way, on FastAPI, pydantic and SQLAlchemy's ORM.

As FastAPI's own tutorial writes them: a session for each request is a dependency, routes are plain functions, and
answers are pydantic models read off the rows. Known entities are looked up with one `in_`, rows are added together, and
one commit ends it. A write does what can be seen of ours: each item is checked and refused alone, what is known is
merged with what is new, a change is a new version, counts and a line of who asked go with it, all of it durable. The
present stands in a table of its own, with a column and an index for what lists are sorted by; the versions beside it.
"""

import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, HTTPException
from sqlalchemy import JSON, Engine, ForeignKey, Index, create_engine, event, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from benchmarks.api_fastapi import SKEW, Applied, Asset, Batch, Item, checked, joined
from benchmarks.api_servers import TOKEN

_PRESENT = (
    "FROM version v JOIN presence p ON p.entity = v.entity WHERE v.organisation = 1 AND v.valid_to IS NULL"
)
_FILL = (
    f"""
    INSERT INTO asset (id, key, kind, status, revision, created, visited, origins, score, facts)
    SELECT v.entity, v.key, (SELECT name FROM kind WHERE id = v.kind), v.status, v.revision, instant(p.first_seen),
        instant(p.visited), p.origins, json_extract(v.doc, '$.score'), v.doc {_PRESENT}
    """,
    f"""
    INSERT INTO asset_version (asset_id, revision, at, op, fields, actor, facts)
    SELECT v.entity, v.revision, instant(v.valid_from), v.op, v.fields, v.actor, v.doc {_PRESENT}
    """,
    "INSERT INTO asset_count SELECT kind, count(*) FROM asset GROUP BY kind",
)
"""Copies what our store holds, as the ORM would have written it."""


_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - SQLAlchemy keeps instants without a zone


class Base(DeclarativeBase):
    """All tables."""


class AssetRow(Base):
    """An entity as it is."""

    __tablename__ = "asset"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    status: Mapped[str] = mapped_column(default="active")
    revision: Mapped[int] = mapped_column(default=1)
    created: Mapped[datetime]
    visited: Mapped[datetime]
    origins: Mapped[str]
    score: Mapped[float | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    __table_args__ = (Index("asset_by_score", "kind", "score"),)


class VersionRow(Base):
    """What a change made of an entity."""

    __tablename__ = "asset_version"
    id: Mapped[int] = mapped_column(primary_key=True)
    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id"), index=True)
    asset: Mapped[AssetRow] = relationship()
    revision: Mapped[int]
    at: Mapped[datetime]
    op: Mapped[str]
    fields: Mapped[str] = mapped_column(default="")
    actor: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)


class CountRow(Base):
    """How many there are of a kind."""

    __tablename__ = "asset_count"
    kind: Mapped[str] = mapped_column(primary_key=True)
    entities: Mapped[int]


class AskedRow(Base):
    """Who asked for a change."""

    __tablename__ = "asked"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    path: Mapped[str]
    items: Mapped[int]


def make_app(folder: Path) -> FastAPI:
    """Return the application over a file of its own in *folder*, which holds what ours holds."""
    app = FastAPI()
    engine = _opened(folder)
    # SQLite has one writer at a time; waiting for it here is quicker than to be turned away by it and to try again.
    one_writer = threading.Lock()

    def get_session() -> Iterator[Session]:
        with Session(engine) as session:
            yield session

    def get_user(authorization: Annotated[str, Header()]) -> str:
        if authorization != f"Bearer {TOKEN}":
            raise HTTPException(401)
        return "local"

    @app.get("/api/v1/entities/{key:path}", response_model=Asset)
    def read(
        key: str, session: Annotated[Session, Depends(get_session)], _user: Annotated[str, Depends(get_user)]
    ) -> AssetRow:
        row = session.scalars(select(AssetRow).where(AssetRow.key == key)).one_or_none()
        if row is None:
            raise HTTPException(404)
        return row

    @app.get("/api/v1/risks", response_model=list[Asset])
    def page(
        session: Annotated[Session, Depends(get_session)],
        _user: Annotated[str, Depends(get_user)],
        limit: int = 50,
    ) -> list[AssetRow]:
        risks = select(AssetRow).where(AssetRow.kind == "risk", AssetRow.score.is_not(None))
        rows = session.scalars(risks.order_by(AssetRow.score.desc(), AssetRow.id.desc()).limit(limit))
        return list(rows)

    @app.post("/api/v1/observations")
    def write(
        batch: Batch,
        session: Annotated[Session, Depends(get_session)],
        user: Annotated[str, Depends(get_user)],
    ) -> Applied:
        if batch.seen_at > datetime.now(UTC) + SKEW:
            raise HTTPException(400, "seen_at lies in the future")
        items, refused = checked(batch)
        with one_writer:
            applied = _write(session, batch, items)
            session.add(
                AskedRow(
                    at=datetime.now(UTC), actor=user, path="/api/v1/observations", items=len(batch.entities)
                )
            )
            session.commit()
        applied.refused = refused
        return applied

    return app


def _write(session: Session, batch: Batch, items: dict[str, Item]) -> Applied:
    """Add what is new, and what differs as a new version; return the last number and counts."""
    now, seen_at = datetime.now(UTC), batch.seen_at.astimezone(UTC).replace(tzinfo=None)
    known = {row.key: row for row in session.scalars(select(AssetRow).where(AssetRow.key.in_(items)))}
    versions: list[VersionRow] = []
    changed = 0
    for key, item in items.items():
        stated = item.model_dump(mode="json", exclude_defaults=True)
        row = known.get(key)
        if row is None:
            row = AssetRow(
                key=key,
                kind=item.kind,
                created=seen_at,
                visited=seen_at,
                origins=batch.capability,
                facts=stated,
            )
            versions.append(
                VersionRow(asset=row, revision=1, at=now, op="created", actor=batch.capability, facts=stated)
            )
            continue
        # What an older sighting says does not outdo what a newer one said.
        merged = row.facts | stated if seen_at >= row.visited else stated | row.facts
        differs = [name for name, value in merged.items() if row.facts.get(name) != value]
        row.created, row.visited = min(row.created, seen_at), max(row.visited, seen_at)
        row.origins = joined(row.origins, batch.capability)
        if differs:
            row.facts, row.revision, changed = merged, row.revision + 1, changed + 1
            versions.append(
                VersionRow(
                    asset=row, revision=row.revision, at=now, op="updated", fields=",".join(differs),
                    actor=batch.capability, facts=merged,
                )
            )  # fmt: skip
    session.add_all(versions)
    for kind, number in Counter(items[key].kind for key in items if key not in known).items():
        count = session.get(CountRow, kind) or CountRow(kind=kind, entities=0)
        count.entities += number
        session.add(count)
    session.flush()
    created = len(items) - len(known)
    return Applied(
        sequence=versions[-1].id if versions else 0, created=created, changed=changed,
        confirmed=len(known) - changed, refused=[],
    )  # fmt: skip


def _opened(folder: Path) -> Engine:
    engine = create_engine(
        f"sqlite:///{folder / 'usual.db'}", connect_args={"check_same_thread": False}, pool_size=40
    )

    @event.listens_for(engine, "connect")
    def durable(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")

    if not (folder / "usual.db").exists():
        Base.metadata.create_all(engine)
        _fill(folder)
    return engine


def _fill(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "usual.db")) as connection:
        connection.create_function(
            "instant", 1, lambda at_us: f"{_EPOCH + timedelta(microseconds=at_us):%Y-%m-%d %H:%M:%S.%f}"
        )
        connection.execute("ATTACH ? AS ours", (str(folder / "chariot.db"),))
        for statement in _FILL:
            connection.execute(statement)
        connection.commit()
