"""Where feeds come from."""

from datetime import date

import pytest

from chariot.errors import NotFoundError
from chariot.modules.intel.official import DEFAULT, NAMES, OSV_ECOSYSTEMS, officials

TODAY = date(2026, 1, 1)


def test_nvd_is_one_file_a_year_and_what_changed_lately():
    files = [one.file for one in officials("nvd", TODAY)]

    assert (files[0], files[-2:], len(files)) == (
        "nvdcve-2.0-2002.json.gz",
        ["nvdcve-2.0-2026.json.gz", "nvdcve-2.0-modified.json.gz"],
        26,
    )


@pytest.mark.parametrize("name", [*NAMES, *DEFAULT, "osv:PyPI"])
def test_every_feed_is_fetched_over_tls(name):
    found = list(officials(name, TODAY))

    assert found
    assert all(one.url.startswith("https://") for one in found)


def test_osv_is_one_archive_an_ecosystem():
    assert len(list(officials("osv", TODAY))) == len(OSV_ECOSYSTEMS)


@pytest.mark.parametrize("name", ["nothing", "osv:nowhere"])
def test_an_unknown_feed_is_said(name):
    with pytest.raises(NotFoundError, match="there are"):
        list(officials(name, TODAY))
