"""Many records, one file each."""

import json
import zipfile

import pytest

from chariot.errors import InvalidError
from chariot.modules.intel.feeds import open_feeds
from chariot.modules.intel.feeds.collection import kind_of_record, single_record

META = {"state": "PUBLISHED", "datePublished": "2024-01-01T00:00:00Z"}


def cve(number):
    return json.dumps(
        {
            "dataType": "CVE_RECORD",
            "dataVersion": "5.1",
            "cveMetadata": META | {"cveId": number},
            "containers": {"cna": {}},
        }
    )


OSV = json.dumps({"id": "GHSA-1", "modified": "2024-01-01T00:00:00Z", "affected": []})
FILES = {
    "list/cves/2023/0xxx/CVE-2023-0001.json": cve("CVE-2023-0001"),
    "list/cves/2024/1xxx/CVE-2024-1001.json": cve("CVE-2024-1001"),
    "list/cves/2024/1xxx/CVE-2024-1002.json": cve("CVE-2024-1002"),
    "list/cves/delta.json": '{"changes": []}',
}


def loaded(path):
    return [
        (feed.header.feed, feed.header.source, sum(len(batch) for batch in feed.batches))
        for feed in open_feeds(path)
    ]


def test_a_folder_of_records_is_one_feed_a_year(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    assert loaded(tmp_path / "list") == [("cve", "list 2023", 1), ("cve", "list 2024", 2)]


def test_an_archive_of_records_reads_as_the_folder(tmp_path):
    with zipfile.ZipFile(tmp_path / "cves.zip", "w") as archive:
        for name, text in FILES.items():
            archive.writestr(name, text)

    assert loaded(tmp_path / "cves.zip") == [("cve", "cves 2023", 1), ("cve", "cves 2024", 2)]


def test_an_archive_of_advisories_is_one_feed(tmp_path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("GHSA-1.json", OSV)
        archive.writestr("GHSA-2.json", OSV.replace("GHSA-1", "GHSA-2"))

    assert loaded(tmp_path / "all.zip") == [("osv", "all", 2)]


def test_a_broken_record_names_its_file(tmp_path):
    with zipfile.ZipFile(tmp_path / "cves.zip", "w") as archive:
        archive.writestr("CVE-2024-1001.json", cve("CVE-2024-1001"))
        archive.writestr("CVE-2024-1002.json", cve("CVE-2024-1002")[:-9])

    with pytest.raises(InvalidError, match=r"CVE-2024-1002\.json"):
        loaded(tmp_path / "cves.zip")


def test_a_folder_without_records_is_refused(tmp_path):
    (tmp_path / "other.json").write_text("{}")

    with pytest.raises(InvalidError):
        loaded(tmp_path)


def test_a_single_record_is_told_by_what_it_says():
    assert kind_of_record(OSV.encode()) == "osv"
    assert single_record(OSV.encode(), "x").header.feed == "osv"
    with pytest.raises(InvalidError):
        single_record(b"{}", "x")
