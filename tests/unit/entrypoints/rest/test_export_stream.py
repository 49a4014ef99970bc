from pathlib import Path

import pytest

from chariot.entrypoints.rest.export_stream import exported
from chariot.modules.exchange.exports.service import ExportReport, ExportRequest
from support.integrations import ACME, World

RISKS = ExportRequest(format="jsonl", kinds=("risk",))


@pytest.fixture
async def world(tmp_path: Path):
    made = World(tmp_path)
    await made.see(*(f"CVE-2024-{number}" for number in range(1_000, 1_040)))
    yield made
    await made.store.close()


async def test_what_an_export_held_is_told_before_its_stream_ends(world: World) -> None:
    told: list[ExportReport] = []

    async def keep(report: ExportReport) -> None:
        told.append(report)

    pieces = await exported(world.store, world.exports, ACME, RISKS, keep)
    data = b"".join([piece async for piece in pieces])

    assert [(one.records, one.size_bytes) for one in told] == [(40, len(data))]


async def test_what_an_export_held_is_not_told_of_one_that_was_broken_off(world: World) -> None:
    told: list[ExportReport] = []

    async def keep(report: ExportReport) -> None:
        told.append(report)

    pieces = await exported(world.store, world.exports, ACME, RISKS, keep)
    await anext(pieces)
    await pieces.aclose()

    assert told == []
