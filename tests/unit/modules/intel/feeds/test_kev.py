"""CISA's catalogue."""

import io
import json
from datetime import date

import pytest

from chariot.errors import InvalidError
from chariot.modules.intel.feeds import kev
from chariot.modules.intel.feeds.kev import read_kev
from chariot.modules.intel.records import KevEntry

ENTRY = {
    "cveID": "CVE-2024-1000",
    "dateAdded": "2024-03-01",
    "dueDate": "2024-03-22",
    "knownRansomwareCampaignUse": "Known",
    "vendorProject": "Acme",
}


def catalogue(*entries, **more):
    return json.dumps(
        {"catalogVersion": "2024.03.01", "count": len(entries), "vulnerabilities": list(entries), **more}
    ).encode()


def test_an_entry_is_read():
    feed = read_kev(io.BytesIO(catalogue(ENTRY)), "kev.json")

    assert (feed.header.version, feed.header.replaces) == ("2024.03.01", True)
    assert list(feed.batches) == [
        [KevEntry("CVE-2024-1000", date(2024, 3, 1), date(2024, 3, 22), ransomware=True)]
    ]


def test_what_is_not_said_stays_unknown():
    feed = read_kev(io.BytesIO(catalogue({"cveID": "CVE-2024-1000", "dateAdded": "2024-03-01"})), "kev.json")

    assert next(feed.batches) == [KevEntry("CVE-2024-1000", date(2024, 3, 1))]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (catalogue(ENTRY)[:-20], "not a KEV catalogue"),
        (b"{}", "catalogVersion"),
        (b"\xff\xfe", "not a KEV catalogue"),
        (catalogue(), "without entries"),
        (catalogue(ENTRY, count=2), "cut short"),
        (catalogue({**ENTRY, "dateAdded": "soon"}), r"vulnerabilities\[0\].dateAdded"),
        (catalogue(ENTRY, {**ENTRY, "cveID": "x"}), r"vulnerabilities\[1\].cveID"),
    ],
)
def test_a_wrong_catalogue_is_refused_naming_the_place(document, reason):
    with pytest.raises(InvalidError, match=reason):
        read_kev(io.BytesIO(document), "kev.json")


def test_an_oversized_catalogue_is_refused(monkeypatch):
    monkeypatch.setattr(kev, "MAX_BYTES", 100)

    with pytest.raises(InvalidError, match="larger than"):
        read_kev(io.BytesIO(catalogue(ENTRY)), "kev.json")
