"""FIRST's scores."""

import io
from datetime import date

import pytest

from chariot.errors import InvalidError
from chariot.modules.intel.feeds.epss import read_epss
from chariot.modules.intel.records import EpssScore

HEAD = b"#model_version:v2025.03.14,score_date:2026-08-16T00:00:00+0000\ncve,epss,percentile\n"


def scores(data, name="epss.csv"):
    return [score for batch in read_epss(io.BytesIO(data), name).batches for score in batch]


def test_a_row_is_read():
    data = HEAD + b"CVE-2024-1000,0.5,0.99\r\nCVE-2024-1001,1,1\n"

    assert scores(data) == [
        EpssScore("CVE-2024-1000", 0.5, 0.99, date(2026, 8, 16)),
        EpssScore("CVE-2024-1001", 1.0, 1.0, date(2026, 8, 16)),
    ]
    assert read_epss(io.BytesIO(data), "epss.csv").header.version == "2026-08-16"


def test_an_old_file_says_its_day_in_its_name():
    data = b"cve,epss,percentile\nCVE-2020-1000,0.5,0.99\n"

    assert scores(data, "epss_scores-2021-04-14.csv")[0].day == date(2021, 4, 14)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "columns"),
        (b"a,b,c\n", "columns"),
        (b"cve,epss,percentile\nCVE-2020-1000,0.5,0.99\n", "no score date"),
        (b"#score_date:2026-99-99\ncve,epss,percentile\n", "no score date"),
        (HEAD, "without scores"),
        (HEAD + b"CVE-2024-1000,0.5,0.99\nCVE-2024-1001,0.5,0.9", "epss.csv:4: the last line has no end"),
        (HEAD + b"CVE-2024-1000,0.5\n", "epss.csv:3: not a row"),
        (HEAD + b"CVE-2024-1000,x,0.5\n", "not a row"),
        (HEAD + b"CVE-2024-1000,nan,0.5\n", "outside 0 to 1"),
        (HEAD + b"CVE-2024-1000,1.5,0.5\n", "outside 0 to 1"),
        (HEAD + b"GHSA-2024-1000,0.5,0.5\n", "not a CVE id"),
        (HEAD + b"\xff,0.5,0.5\n", "not a row"),
        (HEAD + b"x" * 9_000, "the last line has no end"),
    ],
)
def test_a_wrong_file_is_refused_naming_the_line(data, reason):
    with pytest.raises(InvalidError, match=reason):
        scores(data)
