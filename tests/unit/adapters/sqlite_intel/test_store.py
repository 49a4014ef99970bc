"""What only the SQLite store has: a file."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import apsw
import pytest

from chariot.adapters.sqlite_intel import SqliteIntelStore
from chariot.adapters.sqlite_intel.schema import cve_id, row_id
from chariot.errors import ConfigurationError
from chariot.modules.intel.records import Advisory, FeedHeader, KevEntry

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
KEV = FeedHeader("kev", "kev.json", "1", replaces=True)


def open_store(path):
    return SqliteIntelStore(path, lambda: NOON)


async def test_what_was_loaded_is_there_after_closing(tmp_path):
    store = open_store(tmp_path / "intel.db")
    await store.load(KEV, [[KevEntry("CVE-2024-1000", date(2024, 1, 1))]])
    await store.close()

    again = open_store(tmp_path / "intel.db")

    assert list(await again.kev(["CVE-2024-1000"])) == ["CVE-2024-1000"]
    await again.close()


async def test_readers_go_on_while_a_file_is_loaded(tmp_path):
    store = open_store(tmp_path / "intel.db")
    reached, go_on = threading.Event(), threading.Event()

    def batches():
        yield [KevEntry("CVE-2024-1000", date(2024, 1, 1))]
        reached.set()
        go_on.wait(10)

    loading = asyncio.create_task(store.load(KEV, batches()))
    await asyncio.to_thread(reached.wait, 10)
    during = await store.kev(["CVE-2024-1000"])
    go_on.set()
    await loading

    assert (dict(during), len(await store.kev(["CVE-2024-1000"]))) == ({}, 1)
    await store.close()


def test_a_file_of_a_later_version_is_refused(tmp_path):
    connection = apsw.Connection(str(tmp_path / "intel.db"))
    connection.pragma("user_version", 99)
    connection.close()

    with pytest.raises(ConfigurationError, match="later version"):
        open_store(tmp_path / "intel.db")


async def test_advisories_of_an_older_file_lead_from_their_cves_too(tmp_path):
    store = open_store(tmp_path / "intel.db")
    about = Advisory("GHSA-1", NOON, ("CVE-2024-1000",), "A flaw.")
    await store.load(FeedHeader("osv", "all.zip", "", replaces=False), [[about]])
    await store.close()
    connection = apsw.Connection(str(tmp_path / "intel.db"))
    connection.execute("DROP TABLE advisory_cve; UPDATE state SET form = 6; PRAGMA user_version = 3")
    connection.close()

    store = open_store(tmp_path / "intel.db")

    assert await store.advisories_about(["CVE-2024-1000"]) == {"CVE-2024-1000": (about,)}
    await store.close()


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "intel.db").write_bytes(b"hello " * 1000)

    with pytest.raises(ConfigurationError, match=r"intel\.db is not a Chariot database"):
        open_store(tmp_path / "intel.db")


def test_a_file_that_cannot_be_opened_says_what_to_look_at(tmp_path):
    with pytest.raises(ConfigurationError, match="check that its folder exists"):
        open_store(tmp_path / "nowhere" / "intel.db")


async def test_several_who_make_the_file_at_once_take_turns(tmp_path):
    with ThreadPoolExecutor(4) as threads:
        opening = [threads.submit(open_store, tmp_path / "intel.db") for _ in range(4)]
        stores = [one.result(60) for one in opening]

    assert [await one.kev(["CVE-2024-1000"]) for one in stores] == [{}] * 4
    for store in stores:
        await store.close()


@pytest.mark.parametrize("name", ["CVE-1999-0001", "CVE-2024-1000", "CVE-2024-123456789012"])
def test_an_id_is_a_number_and_back(name):
    assert cve_id(row_id(name)) == name
