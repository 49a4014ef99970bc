"""Knowing a feed by its start."""

import gzip
import json

import pytest

from chariot.errors import InvalidError
from chariot.modules.intel.feeds import open_feed


def kev():
    return json.dumps(
        {
            "title": "x",
            "catalogVersion": "1",
            "vulnerabilities": [{"cveID": "CVE-2024-1000", "dateAdded": "2024-01-01"}],
        }
    )


def epss():
    return "#model_version:v1,score_date:2024-01-01\ncve,epss,percentile\nCVE-2024-1000,0.1,0.2\n"


def archive():
    return json.dumps({"CVE_data_type": "CVE", "CVE_Items": []}, indent=1)


@pytest.mark.parametrize(("text", "feed"), [(kev(), "kev"), (epss(), "epss"), (archive(), "nvd")])
def test_a_format_is_known_by_its_start(tmp_path, text, feed):
    path = tmp_path / "feed.gz"
    path.write_bytes(gzip.compress(text.encode()))

    with open_feed(path) as opened:
        assert (opened.header.feed, opened.header.source) == (feed, "feed")


@pytest.mark.parametrize("indent", [None, 2])
def test_a_page_and_lines_are_told_apart(tmp_path, record, indent):
    (tmp_path / "page.json").write_text(json.dumps({"vulnerabilities": [record()]}, indent=indent))
    (tmp_path / "lines.jsonl").write_text("\n".join(json.dumps(record(f"CVE-2024-100{n}")) for n in range(2)))

    with open_feed(tmp_path / "page.json") as page, open_feed(tmp_path / "lines.jsonl") as lines:
        counts = [sum(len(batch) for batch in feed.batches) for feed in (page, lines)]
    assert counts == [1, 2]


@pytest.mark.parametrize("content", [b"", b"hello", b"{}", b"\x00" * 99, b"[1, 2]", b"<xml/>"])
def test_an_unknown_format_is_refused_with_the_known_ones(tmp_path, content):
    (tmp_path / "x").write_bytes(content)

    with pytest.raises(InvalidError, match="none of the feeds kev, epss"), open_feed(tmp_path / "x"):
        pass


def test_the_told_format_is_taken(tmp_path):
    (tmp_path / "x").write_text(epss())

    with pytest.raises(InvalidError, match="not a KEV catalogue"), open_feed(tmp_path / "x", "kev"):
        pass
