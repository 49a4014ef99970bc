"""Two machines and one database: what one loads, all know."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import apsw
import pytest

from chariot.adapters.postgres.database import PostgresDatabase
from chariot.adapters.postgres_intel.shelf import PostgresIntelShelf
from chariot.adapters.postgres_intel.store import SharedIntelStore
from chariot.adapters.sqlite_intel.store import SqliteIntelStore
from chariot.errors import BusyError, ConflictError, UnavailableError
from chariot.modules.intel.records import Cve, EpssScore, FeedHeader, IntelRecord
from support.databases import databases

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DAY = date(2026, 1, 1)
EPSS = FeedHeader("epss", "epss.csv", "1", replaces=True)


def cve(number: int, summary: str = "A flaw.") -> Cve:
    return Cve(f"CVE-2024-{number:04}", NOON, NOON, summary)


def feed(name: str = "nvd.json", version: str = "1") -> FeedHeader:
    return FeedHeader("nvd", name, version, replaces=False)


@pytest.fixture
async def url() -> AsyncIterator[str]:
    taken = await databases().take()
    yield taken
    await databases().give_back(taken)


class Machine:
    """A process with a folder of its own."""

    def __init__(self, folder: Path, url: str, *, lock_wait_s: float = 30.0) -> None:
        folder.mkdir(exist_ok=True)
        self.path = folder / "intel.db"
        self._url = url
        self._lock_wait_s = lock_wait_s

    async def __aenter__(self) -> SharedIntelStore:
        self._database = await PostgresDatabase.open(self._url, size=3)
        shelf = PostgresIntelShelf(self._database, lock_wait_s=self._lock_wait_s)
        self._store = SharedIntelStore(self.path, shelf, lambda: NOON)
        await self._store.prepare()
        return self._store

    async def __aexit__(self, *_: object) -> None:
        await self._store.close()
        await self._database.close()


async def test_what_one_machine_loads_another_knows_with_the_same_revision(tmp_path: Path, url: str) -> None:
    async with Machine(tmp_path / "a", url) as one, Machine(tmp_path / "b", url) as other:
        await one.load(feed(), [[cve(1), cve(2)]])
        await other.load(EPSS, [[EpssScore("CVE-2024-0001", 0.5, 0.9, DAY)]])

        changes = [await store.changed_products(0) for store in (one, other)]
        assert changes[0] == changes[1]
        assert changes[0].revision == 2
        assert await one.epss(["CVE-2024-0001"]) == await other.epss(["CVE-2024-0001"]) != {}
        assert await one.feeds() == await other.feeds()


async def test_whoever_asks_what_changed_works_with_it(tmp_path: Path, url: str) -> None:
    async with Machine(tmp_path / "a", url) as one, Machine(tmp_path / "b", url) as other:
        await one.load(feed(), [[cve(1)]])
        before = await other.cves(["CVE-2024-0001"])

        await other.changed_products(0)

        assert (before, list(await other.cves(["CVE-2024-0001"]))) == ({}, ["CVE-2024-0001"])


async def test_a_new_machine_takes_in_what_is_shared(tmp_path: Path, url: str) -> None:
    async with Machine(tmp_path / "a", url) as one:
        await one.load(feed(), [[cve(number, "x" * 3_000) for number in range(1, 400)]])
        async with Machine(tmp_path / "b", url) as other:
            assert len(await other.cves([f"CVE-2024-{number:04}" for number in range(1, 400)])) == 399


async def test_what_a_machine_had_before_becomes_what_is_shared(tmp_path: Path, url: str) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    alone = SqliteIntelStore(folder / "intel.db", lambda: NOON)
    await alone.load(feed(), [[cve(1)]])
    await alone.close()

    async with Machine(folder, url), Machine(tmp_path / "b", url) as other:
        assert list(await other.cves(["CVE-2024-0001"])) == ["CVE-2024-0001"]


async def test_a_file_that_breaks_in_the_middle_is_nowhere(tmp_path: Path, url: str) -> None:
    def broken() -> Iterator[list[IntelRecord]]:
        yield [cve(2)]
        raise ConflictError("it breaks here")

    async with Machine(tmp_path / "a", url) as one, Machine(tmp_path / "b", url) as other:
        await one.load(feed(), [[cve(1)]])
        with pytest.raises(ConflictError, match="breaks here"):
            await one.load(feed("2.json"), broken())

        for store in (one, other):
            assert (await store.changed_products(0)).revision == 1
            assert list(await store.cves(["CVE-2024-0001", "CVE-2024-0002"])) == ["CVE-2024-0001"]
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["intel.db"]


async def test_loads_at_the_same_moment_are_both_there(tmp_path: Path, url: str) -> None:
    async with Machine(tmp_path / "a", url) as one, Machine(tmp_path / "b", url) as other:
        await asyncio.gather(one.load(feed("a.json"), [[cve(1)]]), other.load(feed("b.json"), [[cve(2)]]))

        for store in (one, other):
            assert (await store.changed_products(0)).revision == 2
            assert len(await store.cves(["CVE-2024-0001", "CVE-2024-0002"])) == 2


async def test_a_load_that_takes_too_long_is_not_waited_for_without_end(tmp_path: Path, url: str) -> None:
    async with (
        Machine(tmp_path / "a", url) as one,
        Machine(tmp_path / "b", url, lock_wait_s=0.3) as other,
        one.alone(),
    ):
        with pytest.raises(BusyError, match="another process loads"):
            await other.load(feed(), [[cve(1)]])


async def test_pieces_that_did_not_change_are_not_sent_again(tmp_path: Path, url: str) -> None:
    async with Machine(tmp_path / "a", url) as one, Machine(tmp_path / "b", url) as other:
        await one.load(feed(), [[cve(number, f"{number}" * 500) for number in range(1, 3_000)]])
        await other.sync()
        database = await PostgresDatabase.open(url, size=1)
        shelf = PostgresIntelShelf(database)
        before = await shelf.current()
        await one.load(EPSS, [[EpssScore("CVE-2024-0001", 0.5, 0.9, DAY)]])
        after = await shelf.current()
        await other.sync()
        await database.close()

        assert before is not None
        assert after is not None
        assert len(before.digests) > 10
        assert len(set(after.digests) - set(before.digests)) <= 5
        assert list(await other.epss(["CVE-2024-0001"])) == ["CVE-2024-0001"]


async def test_tables_of_a_later_program_are_left_alone(tmp_path: Path, url: str) -> None:
    async with Machine(tmp_path / "a", url) as one:
        await one.load(feed(), [[cve(1)]])
        await databases().server.run("UPDATE intel_pack SET tables = 999, identity = 7", url=url)

        with pytest.raises(UnavailableError, match="later version of this program"):
            await one.changed_products(0)


async def test_a_damaged_piece_changes_nothing_here(tmp_path: Path, url: str) -> None:
    async with Machine(tmp_path / "a", url) as one, Machine(tmp_path / "b", url) as other:
        await one.load(feed(), [[cve(1)]])
        await other.sync()
        await one.load(feed("2.json"), [[cve(2)]])
        await databases().server.run("UPDATE intel_piece SET data = 'x'", url=url)

        with pytest.raises(UnavailableError, match="damaged"):
            await other.sync()
        assert list(await other.cves(["CVE-2024-0001"])) == ["CVE-2024-0001"]


async def test_reads_go_on_while_the_file_is_exchanged(tmp_path: Path, url: str) -> None:
    async with Machine(tmp_path / "a", url) as one, Machine(tmp_path / "b", url) as other:
        await one.load(feed(), [[cve(number) for number in range(1, 500)]])
        await other.sync()

        async def read() -> list[int]:
            return [len(await other.cves(["CVE-2024-0001"])) for _ in range(50)]

        async def exchange() -> None:
            for number in range(3):
                later = [cve(1, f"Said {number} times.")]
                await one.load(feed(f"{number}.json"), [later])
                await other.sync()

        found, _ = await asyncio.gather(read(), exchange())
        assert set(found) == {1}


async def test_the_file_stays_a_sound_database(tmp_path: Path, url: str) -> None:
    machine = Machine(tmp_path / "b", url)
    async with Machine(tmp_path / "a", url) as one, machine as other:
        for number in range(1, 4):
            header = FeedHeader("epss", "epss.csv", f"{number}", replaces=True)
            await one.load(header, [[EpssScore("CVE-2024-0001", number / 10, 0.9, DAY + timedelta(number))]])
            await other.sync()
        connection = apsw.Connection(str(machine.path))
        checked = connection.execute("PRAGMA integrity_check").get
        connection.close()

    assert checked == "ok"
