import io
import stat
from pathlib import Path

import pytest

from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.errors import ConfigurationError, InvalidError
from chariot.modules.exchange.exports.contract import Exporter, Sink, Written
from chariot.modules.exchange.exports.service import (
    ExportRequest,
    ExportService,
    installed_exporters,
    selected,
)
from chariot.modules.exchange.exports.source import Source
from support.exports import ACME, NOW

INSTALLED = installed_exporters()


class Broken(Exporter):
    """Writes a part and fails."""

    name = "broken"
    title = "Broken"
    media_type = "text/plain"
    extension = "txt"

    async def write(self, source: Source, sink: Sink) -> Written:
        sink.write(b"half")
        raise ConfigurationError("no")


def service(store: SqliteEntityStore) -> ExportService:
    return ExportService(store, {**INSTALLED, "broken": Broken()}, now=lambda: NOW)


def test_the_built_in_formats_are_installed() -> None:
    assert {
        "jsonl",
        "csv",
        "parquet",
        "sarif",
        "cyclonedx-vex",
        "ocsf",
        "stix",
        "bloodhound",
        "markdown",
        "html",
        "pdf",
    } <= INSTALLED.keys()


async def test_a_file_says_what_went_into_it(store: SqliteEntityStore, tmp_path: Path) -> None:
    file = tmp_path / "risks.csv"

    report = await service(store).export_file(ACME, ExportRequest(format="csv"), file)

    assert (report.records, report.kinds, report.file) == (5, ("risk",), str(file))
    assert report.size_bytes == file.stat().st_size


async def test_only_its_owner_reads_the_file(store: SqliteEntityStore, tmp_path: Path) -> None:
    file = tmp_path / "surface.jsonl"

    await service(store).export_file(ACME, ExportRequest(format="jsonl"), file)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_a_failure_leaves_the_old_file_and_nothing_else(
    store: SqliteEntityStore, tmp_path: Path
) -> None:
    file = tmp_path / "out" / "surface.txt"
    file.parent.mkdir()
    file.write_text("old")

    with pytest.raises(ConfigurationError):
        await service(store).export_file(ACME, ExportRequest(format="broken"), file)

    assert file.read_text() == "old"
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("name", [".", "missing/surface.jsonl"])
async def test_a_path_that_can_be_no_file_is_refused(
    store: SqliteEntityStore, tmp_path: Path, name: str
) -> None:
    with pytest.raises(InvalidError, match="folder"):
        await service(store).export_file(ACME, ExportRequest(format="jsonl"), tmp_path / name)


async def test_an_unknown_format_lists_those_there_are(store: SqliteEntityStore) -> None:
    with pytest.raises(InvalidError, match="sarif"):
        await service(store).export(ACME, ExportRequest(format="word"), io.BytesIO())


@pytest.mark.parametrize(
    ("name", "request_", "reason"),
    [
        ("sarif", ExportRequest(format="sarif", kinds=("risk", "domain")), "does not hold domain"),
        ("csv", ExportRequest(format="csv", kinds=("risk", "domain")), "one kind"),
        ("html", ExportRequest(format="html", everything=True), "everything"),
        ("jsonl", ExportRequest(format="jsonl", filter="x=1"), "cannot filter"),
    ],
)
def test_what_a_format_cannot_hold_is_refused(name: str, request_: ExportRequest, reason: str) -> None:
    with pytest.raises(InvalidError, match=reason):
        selected(INSTALLED[name], request_)


def test_kinds_stand_in_the_order_of_the_registry_each_once() -> None:
    request = ExportRequest(format="stix", kinds=("risk", "domain", "risk"))

    assert selected(INSTALLED["stix"], request).kinds == ("domain", "risk")


def test_a_lossless_export_takes_what_left_the_surface_too() -> None:
    assert selected(INSTALLED["jsonl"], ExportRequest(format="jsonl")).everything
    assert not selected(INSTALLED["csv"], ExportRequest(format="csv")).everything
