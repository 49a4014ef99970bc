"""Filling the store: files, updates, packs."""

import json
from datetime import UTC, datetime

import pytest

from chariot.adapters.keyfile.signing import FilePackKeys
from chariot.errors import ConflictError, InvalidError, NotFoundError, UnavailableError
from chariot.modules.intel.memory import MemoryIntelStore
from chariot.modules.intel.ports import Download
from chariot.modules.intel.stock import Stock

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Mirror:
    """See `Downloads`: gives what a test put there."""

    def __init__(self, folder):
        self._folder = folder
        self.files = {}
        self.taken = []
        self.discarded = []

    async def fetch(self, url, name):
        found = self.files.get(url)
        if isinstance(found, Exception):
            raise found
        if found is None:
            return Download(None, 0)
        (self._folder / name).write_text(found)
        return Download(self._folder / name, len(found))

    def taken_in(self, name):
        self.taken.append(name)

    def discard(self, name):
        self.discarded.append(name)


def kev(version, *cves):
    entries = [{"cveID": cve, "dateAdded": "2024-03-01"} for cve in cves]
    return json.dumps({"catalogVersion": version, "vulnerabilities": entries})


@pytest.fixture
def mirror(tmp_path):
    return Mirror(tmp_path)


@pytest.fixture
def stock(tmp_path, mirror):
    store = MemoryIntelStore(lambda: NOON, "here")
    return Stock(store, FilePackKeys(tmp_path / "keys"), mirror, now=lambda: NOON)


async def test_the_same_file_is_not_read_again(stock, tmp_path):
    (tmp_path / "kev.json").write_text(kev("1", "CVE-2024-1000"))

    (first,) = await stock.load(tmp_path / "kev.json")
    (second,) = await stock.load(tmp_path / "kev.json")

    assert (first.changed, second.changed, second.digest) == (1, 0, first.digest)


async def test_of_a_folder_every_feed_is_loaded(stock, tmp_path):
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds" / "kev.json").write_text(kev("1", "CVE-2024-1000"))
    (tmp_path / "feeds" / "epss.csv").write_text(
        "#score_date:2026-01-01\ncve,epss,percentile\nCVE-2024-1000,0.5,0.9\n"
    )

    assert [info.feed for info in await stock.load(tmp_path / "feeds")] == ["epss", "kev"]


async def test_an_update_tells_each_file_and_goes_on_after_a_bad_one(stock, mirror):
    urls = {name: f"https://example.com/{name}" for name in ("kev", "epss", "nuclei", "exploit-db")}
    mirror.files = {
        urls["kev"]: kev("1", "CVE-2024-1000"),
        urls["epss"]: "nonsense",
        urls["nuclei"]: UnavailableError("away"),
    }

    steps = [step async for step in stock.update(list(urls), urls)]

    assert [step.url for step in steps if not step.done] == list(urls.values())
    assert [(bool(step.loaded), bool(step.refused)) for step in steps if step.done] == [
        (True, False),
        (False, True),
        (False, True),
        (False, False),
    ]
    assert (mirror.taken, mirror.discarded) == (["kev.json", "exploit-db.csv"], ["epss.csv.gz"])


async def test_an_unknown_feed_is_said_before_anything_is_fetched(stock):
    with pytest.raises(NotFoundError):
        [step async for step in stock.update(["kev", "nothing"], {})]


@pytest.fixture
def other(tmp_path, stock):
    keys = FilePackKeys(tmp_path / "other-keys")
    keys.trust(stock.keys.public())
    return Stock(MemoryIntelStore(lambda: NOON, "there"), keys, Mirror(tmp_path), now=lambda: NOON)


async def test_a_pack_and_its_delta_make_another_store_the_same(stock, other, tmp_path):
    (tmp_path / "kev.json").write_text(kev("1", "CVE-2024-1000"))
    await stock.load(tmp_path / "kev.json")
    first = await stock.pack(tmp_path / "one.pack")
    (tmp_path / "kev.json").write_text(kev("2", "CVE-2024-1001"))
    await stock.load(tmp_path / "kev.json")
    await stock.pack(tmp_path / "two.pack", since=first.revision)

    with pytest.raises(ConflictError):
        await other.load(tmp_path / "two.pack")
    await other.load(tmp_path / "one.pack")
    await other.load(tmp_path / "two.pack")

    there = MemoryIntelStore.kev
    ids = ["CVE-2024-1000", "CVE-2024-1001"]
    assert await there(other._store, ids) == await there(stock._store, ids)
    with pytest.raises(ConflictError, match="older"):
        await other.load(tmp_path / "one.pack")


async def test_a_pack_does_not_put_an_older_catalogue_in_place_of_a_newer(stock, other, tmp_path):
    (tmp_path / "kev.json").write_text(kev("1", "CVE-2024-1000"))
    await stock.load(tmp_path / "kev.json")
    await stock.pack(tmp_path / "one.pack")
    (tmp_path / "newer.json").write_text(kev("2", "CVE-2024-1001"))
    await other.load(tmp_path / "newer.json")

    loaded = await other.load(tmp_path / "one.pack")

    assert "kev" not in {info.feed for info in loaded}


async def test_a_pack_that_is_broken_changes_nothing(stock, other, tmp_path):
    (tmp_path / "kev.json").write_text(kev("1", "CVE-2024-1000"))
    await stock.load(tmp_path / "kev.json")
    await stock.pack(tmp_path / "one.pack")
    (tmp_path / "one.pack").write_bytes((tmp_path / "one.pack").read_bytes()[:-3])

    with pytest.raises(InvalidError):
        await other.load(tmp_path / "one.pack")

    assert await other._store.feeds() == ()
