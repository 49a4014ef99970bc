"""What holds for every exporter that is installed."""

import tracemalloc
from pathlib import Path

import pytest

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.model.kinds.network import Domain
from chariot.model.kinds.weakness import Risk
from chariot.model.observations import Observations
from chariot.model.registry import KINDS
from chariot.modules.exchange.exports.contract import Exporter
from chariot.modules.exchange.exports.service import ExportRequest, installed_exporters, selected
from chariot.modules.exchange.exports.source import Source
from chariot.modules.surface.service import SurfaceService
from support.exports import ACME, HOSTILE, NOW, SECRET, exported

EXPORTERS = list(installed_exporters().values())
STREAMED = [one for one in EXPORTERS if one.selective]
each = pytest.mark.parametrize("exporter", EXPORTERS, ids=lambda one: one.name)


@each
def test_it_declares_what_it_is(exporter: Exporter) -> None:
    assert exporter.title
    assert "/" in exporter.media_type
    assert not exporter.extension.startswith(".")
    assert {*exporter.kinds, *exporter.default_kinds} <= set(KINDS)
    assert not exporter.one_kind or len(exporter.default_kinds) == 1


@each
async def test_no_secret_comes_out(store: SqliteEntityStore, exporter: Exporter) -> None:
    assert SECRET.encode() not in await exported(exporter, store)


@each
async def test_an_organisation_that_never_wrote_has_an_empty_export(
    store: SqliteEntityStore, exporter: Exporter
) -> None:
    data = await exported(exporter, store, organisation="nobody")

    assert b"app.example.com" not in data


@pytest.mark.parametrize("exporter", STREAMED, ids=lambda one: one.name)
async def test_memory_does_not_grow_with_the_surface(tmp_path: Path, exporter: Exporter) -> None:
    small, large = [await peak_bytes(tmp_path / f"{size}.db", exporter, size) for size in (400, 2_000)]

    assert large < small * 2


async def peak_bytes(path: Path, exporter: Exporter, size: int) -> int:
    store = SqliteEntityStore(SqliteDatabase(path), now=lambda: NOW)
    found = [
        one
        for number in range(size // 2)
        for one in (
            Domain(host=f"h{number}.example.com", registrar=HOSTILE),
            Risk(target=f"#domain#h{number}.example.com", weakness=f"w{number}", title=HOSTILE),
        )
    ]
    await SurfaceService(store, now=lambda: NOW).observe(
        ACME, Observations(capability="probe", seen_at=NOW, entities=tuple(found))
    )
    found.clear()
    selection = selected(exporter, ExportRequest(format=exporter.name))
    source = Source(store, ACME, selection, made_at=NOW, program="Chariot 1.2.3", page_size=50)
    await exporter.write(source, Nowhere())
    tracemalloc.start()
    await exporter.write(source, Nowhere())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    await store.close()
    return peak


class Nowhere:
    def write(self, data: bytes, /) -> int:
        return len(data)
