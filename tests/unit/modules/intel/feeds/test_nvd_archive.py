"""NVD 1.1 archives."""

import io
import json

import pytest

from chariot.errors import InvalidError
from chariot.modules.intel.feeds.nvd_archive import read_nvd_archive
from chariot.modules.intel.records import CpeMatch, Node

MATCH = {
    "vulnerable": True,
    "cpe23Uri": "cpe:2.3:a:acme:server:*:*:*:*:*:*:*:*",
    "versionEndExcluding": "2.0",
    "cpe_name": [],
}


def item(cve="CVE-2018-1000", summary="A flaw.", nodes=None):
    return {
        "cve": {
            "CVE_data_meta": {"ID": cve, "ASSIGNER": "acme"},
            "problemtype": {"problemtype_data": [{"description": [{"lang": "en", "value": "CWE-416"}]}]},
            "references": {"reference_data": [{"url": "https://example.com", "name": "x", "tags": []}]},
            "description": {"description_data": [{"lang": "en", "value": summary}]},
        },
        "configurations": {"nodes": nodes or [{"operator": "OR", "children": [], "cpe_match": [MATCH]}]},
        "impact": {
            "baseMetricV3": {"cvssV3": {"version": "3.0", "vectorString": "CVSS:3.0/AV:N", "baseScore": 7.5}},
            "baseMetricV2": {"cvssV2": {"version": "2.0", "vectorString": "AV:N", "baseScore": 5}},
        },
        "publishedDate": "2018-01-10T22:29Z",
        "lastModifiedDate": "2019-10-09T23:38Z",
    }


def archive(*items, **more):
    return json.dumps(
        {
            "CVE_data_numberOfCVEs": str(len(items)),
            "CVE_data_timestamp": "2024-01-01T08:01Z",
            "CVE_Items": list(items),
            **more,
        },
        indent=2,
    ).encode()


def records(data):
    return [cve for batch in read_nvd_archive(io.BytesIO(data), "2018.json").batches for cve in batch]


def test_an_item_is_read():
    (cve,) = records(archive(item()))

    assert (cve.id, cve.summary, cve.cwes, cve.references) == (
        "CVE-2018-1000",
        "A flaw.",
        ("CWE-416",),
        ("https://example.com",),
    )
    assert [(s.version, s.score) for s in cve.cvss] == [("3.0", 7.5), ("2.0", 5.0)]
    assert cve.configurations == (
        Node("OR", (CpeMatch("cpe:2.3:a:acme:server:*:*:*:*:*:*:*:*", end_excluding="2.0"),)),
    )


def test_children_keep_their_place():
    nodes = [
        {
            "operator": "AND",
            "children": [{"operator": "OR", "children": [], "cpe_match": [MATCH]}] * 2,
            "cpe_match": [],
        }
    ]
    (cve,) = records(archive(item(nodes=nodes)))

    assert [child.operator for child in cve.configurations[0].children] == ["OR", "OR"]


def test_a_withdrawn_item_is_marked():
    (cve,) = records(archive(item(summary="** REJECT ** Do not use this number.")))

    assert cve.rejected


def test_keys_in_another_order_read_the_same():
    data = json.dumps(json.loads(archive(item())), sort_keys=True).encode()

    assert records(data) == records(archive(item()))


def test_an_archive_that_lacks_items_is_refused():
    with pytest.raises(InvalidError, match="says 9 records and holds 1"):
        records(archive(item(), CVE_data_numberOfCVEs="9"))


def test_a_cut_archive_is_refused():
    with pytest.raises(InvalidError, match=r"cut short|ends inside"):
        records(archive(item(), item("CVE-2018-1001"))[:-40])
