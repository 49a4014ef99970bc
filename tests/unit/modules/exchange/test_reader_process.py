import gzip
import os
import signal
from pathlib import Path

import pytest

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.errors import InvalidError, UnavailableError
from chariot.format import Format
from chariot.formats.nessus import Nessus
from chariot.formats.subfinder import Subfinder
from chariot.modules.exchange.imports import ImportReport, ImportService
from chariot.modules.exchange.reader import FileReader
from chariot.modules.exchange.reader_process import ReaderProcess, is_worth_a_process
from chariot.modules.exchange.source import opened
from chariot.modules.surface.query import Query
from chariot.modules.surface.service import SurfaceService

from .conftest import ACME, NOON

LINES = [f"host-{number}.shop.test" for number in range(50)]
ALWAYS, NEVER = 0, 2**62


@pytest.fixture
def names(tmp_path: Path) -> Path:
    path = tmp_path / "names.txt"
    path.write_text("\n".join(LINES) + "\nnot a name at all\n")
    return path


async def imported(path: Path, database: Path, process_bytes: int) -> tuple[ImportReport, list[str]]:
    store = SqliteEntityStore(SqliteDatabase(database))
    service = ImportService(
        SurfaceService(store), {"subfinder": Subfinder()}, process_bytes=process_bytes, batch_items=20
    )
    try:
        report = await service.import_file(ACME, path, format_name="subfinder")
        page = await store.find(ACME, Query(kinds=("domain",), limit=100))
        return report, [record.key for record in page.items]
    finally:
        await store.close()


async def test_another_process_reads_the_same(names: Path, tmp_path: Path) -> None:
    here, keys_here = await imported(names, tmp_path / "here.db", NEVER)
    there, keys_there = await imported(names, tmp_path / "there.db", ALWAYS)

    assert keys_there == keys_here
    assert len(keys_there) >= len(LINES)
    assert there.counts() == here.counts()
    assert there.errors == here.errors


def test_batches_come_as_the_reader_of_this_process_makes_them(names: Path) -> None:
    with opened(names) as source:
        with ReaderProcess(Subfinder(), source, complete=True, batch_items=20) as reader:
            reader.check()
            found = list(reader.batches(NOON))
        here = FileReader(Subfinder(), source, complete=True, batch_items=20, held_items=0)
        here.check()

        assert found == list(here.batches(NOON))
        assert len(found) > 1


def test_a_broken_file_gives_the_same_error(tmp_path: Path) -> None:
    path = tmp_path / "broken.nessus"
    path.write_bytes(b"<NessusClientData_v2>\n<Report>\n<ReportHost></Report>")
    with opened(path) as source:
        here = FileReader(Nessus(), source, complete=False, batch_items=20, held_items=0)
        with pytest.raises(InvalidError) as expected:
            here.check()
        with (
            ReaderProcess(Nessus(), source, complete=False, batch_items=20) as reader,
            pytest.raises(InvalidError) as raised,
        ):
            reader.check()

    assert (raised.value.message, raised.value.place) == (expected.value.message, expected.value.place)


def test_a_process_that_ends_is_told_of(names: Path) -> None:
    with (
        opened(names) as source,
        ReaderProcess(Subfinder(), source, complete=False, batch_items=20) as reader,
    ):
        reader.check()
        os.kill(reader.process_id, signal.SIGKILL)

        with pytest.raises(UnavailableError, match="ended with -9"):
            list(reader.batches(NOON))


def test_what_breaks_only_for_the_other_process_is_told_of(names: Path) -> None:
    with (
        opened(names) as source,
        ReaderProcess(Subfinder(), source, complete=False, batch_items=20) as reader,
    ):
        reader.check()
        with names.open("ab") as stream:
            stream.write(b"a" * 2_000_000)

        with pytest.raises(InvalidError, match="longer than"):
            list(reader.batches(NOON))


def test_both_processes_read_a_packed_file_from_places_of_their_own(names: Path, tmp_path: Path) -> None:
    packed = tmp_path / "names.txt.gz"
    packed.write_bytes(gzip.compress(names.read_bytes()))
    with opened(names) as source:
        here = FileReader(Subfinder(), source, complete=False, batch_items=20, held_items=0)
        here.check()
        expected = list(here.batches(NOON))
    with (
        opened(packed) as source,
        ReaderProcess(Subfinder(), source, complete=False, batch_items=20) as reader,
    ):
        coming = reader.batches(NOON)
        first = next(coming)
        reader.check()

        assert [first, *coming] == expected


def test_it_can_be_left_before_its_end(names: Path) -> None:
    with (
        opened(names) as source,
        ReaderProcess(Subfinder(), source, complete=False, batch_items=5) as reader,
    ):
        reader.check()
        next(reader.batches(NOON))


def _stateful() -> Format:
    one = Subfinder()
    vars(one)["map"] = "of one file"
    return one


@pytest.mark.parametrize(
    ("size", "chosen", "worth"),
    [
        (100, Subfinder(), False),
        (101, Subfinder(), True),
        (101, _stateful(), False),
    ],
)
def test_only_a_large_file_of_a_format_that_is_known_by_name_is_given_away(
    tmp_path: Path, size: int, chosen: Format, *, worth: bool
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"a" * size)

    with opened(path) as source:
        assert is_worth_a_process(source, chosen, worth_bytes=100) is worth
