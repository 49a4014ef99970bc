"""NVD 2.0 records."""

import io
import json
from datetime import UTC, datetime

import pytest

from chariot.errors import InvalidError
from chariot.modules.intel.feeds.nvd import instant, read_nvd, read_nvd_lines
from chariot.modules.intel.records import CpeMatch, Node


def page(*records, **more):
    return json.dumps(
        {
            "resultsPerPage": len(records),
            "timestamp": "2024-03-01T00:00:00.000",
            "vulnerabilities": list(records),
            **more,
        }
    ).encode()


def records(data, read=read_nvd):
    return [cve for batch in read(io.BytesIO(data), "nvd.json").batches for cve in batch]


def test_a_record_is_read(record):
    (cve,) = records(page(record()))

    assert (cve.id, cve.summary, cve.cwes) == ("CVE-2024-1000", 'A flaw {in} "x\\y".', ("CWE-79",))
    assert (cve.published, cve.modified) == (
        datetime(2024, 1, 1, 10, tzinfo=UTC),
        datetime(2024, 2, 1, 10, tzinfo=UTC),
    )
    assert [(s.version, s.score, s.source) for s in cve.cvss] == [
        ("3.1", 9.8, "nvd@nist.gov"),
        ("3.1", 5.3, "acme"),
        ("2.0", 5.0, "nvd@nist.gov"),
    ]
    assert cve.score == cve.cvss[0]
    assert cve.references == ("https://example.com/a",)
    assert cve.configurations == (Node("OR", (CpeMatch("cpe:2.3:a:acme:server:1.0:*:*:*:*:*:*:*"),)),)


def test_the_version_is_the_time_of_the_document(record):
    assert read_nvd(io.BytesIO(page(record())), "n").header.version == "2024-03-01T00:00:00.000"


def test_a_range_keeps_its_four_bounds(record):
    bounds = {
        "versionStartIncluding": "1",
        "versionStartExcluding": "2",
        "versionEndIncluding": "3",
        "versionEndExcluding": "4",
    }
    (cve,) = records(
        page(
            record(
                "CVE-2024-1000", {"vulnerable": False, "criteria": "cpe:2.3:a:v:p:*:*:*:*:*:*:*:*", **bounds}
            )
        )
    )

    assert cve.configurations[0].matches == (
        CpeMatch("cpe:2.3:a:v:p:*:*:*:*:*:*:*:*", False, "1", "2", "3", "4"),
    )


def test_a_configuration_of_and_keeps_its_tree(record):
    nodes = [
        {"operator": "OR", "cpeMatch": [{"vulnerable": True, "criteria": f"cpe:2.3:a:v:{p}:*:*:*:*:*:*:*:*"}]}
        for p in ("one", "two")
    ]
    data = record()
    data["cve"]["configurations"] = [{"operator": "AND", "negate": False, "nodes": nodes}]

    (cve,) = records(page(data))

    assert (cve.configurations[0].operator, len(cve.configurations[0].children)) == ("AND", 2)


def test_a_withdrawn_record_is_marked(record):
    (cve,) = records(page(record(status="Rejected")))

    assert cve.rejected


def test_a_name_that_is_not_canonical_is_made_so(record):
    (cve,) = records(
        page(record("CVE-2024-1000", {"vulnerable": True, "criteria": r"cpe:2.3:a:V:P:1\.0:*:*:*:*:*:*:*"}))
    )

    assert cve.configurations[0].matches[0].cpe == "cpe:2.3:a:v:p:1.0:*:*:*:*:*:*:*"


def test_lines_read_as_a_page_does(record):
    lines = b"\n".join(json.dumps(record(f"CVE-2024-100{n}")).encode() for n in range(3))

    assert records(lines, read_nvd_lines) == records(page(*(record(f"CVE-2024-100{n}") for n in range(3))))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": "CVE-1"}, r"\$.vulnerabilities\[1\].*cve.id"),
        ({"lastModified": "yesterday"}, "not an instant"),
        ({"descriptions": "x"}, "descriptions"),
        ({"configurations": [{"nodes": [{"operator": "XOR"}]}]}, "XOR"),
        ({"configurations": [{"nodes": [{"cpeMatch": [{"criteria": "cpe:2.3:a:v"}]}]}]}, "11 components"),
        ({"references": [{"url": "u"}] * 3_000}, "references"),
        (
            {
                "metrics": {
                    "cvssMetricV31": [{"cvssData": {"version": "3.1", "vectorString": "x", "baseScore": 11}}]
                }
            },
            "baseScore",
        ),
    ],
)
def test_a_wrong_record_is_refused_naming_its_place(record, change, reason):
    wrong = record("CVE-2024-1001")
    wrong["cve"].update(change)

    with pytest.raises(InvalidError, match=reason):
        records(page(record(), wrong))


def test_a_page_that_lacks_records_is_refused(record):
    with pytest.raises(InvalidError, match="says 5 records and holds 1"):
        records(page(record(), resultsPerPage=5))


def test_a_cut_line_is_refused(record):
    line = json.dumps(record()).encode()

    with pytest.raises(InvalidError, match=r"nvd\.json:2"):
        records(line + b"\n" + line[:-9], read_nvd_lines)


@pytest.mark.parametrize("text", ["2024-01-01T10:00Z", "2024-01-01T10:00:00", "2024-01-01T12:00:00+02:00"])
def test_instants_are_utc(text):
    assert instant(text) == datetime(2024, 1, 1, 10, tzinfo=UTC)
