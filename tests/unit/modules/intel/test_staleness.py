"""Files that are too old."""

from datetime import UTC, datetime

import pytest

from chariot.errors import ConflictError
from chariot.modules.intel.records import FeedHeader, FeedInfo
from chariot.modules.intel.staleness import refuse_older, refuse_stale

LOADED = FeedInfo("kev", "kev.json", "2024.03.01", datetime(2024, 3, 2, tzinfo=UTC), records=1, changed=1)


@pytest.mark.parametrize("source", ["kev.json", "other.json"])
def test_an_older_version_of_a_whole_feed_is_refused_whatever_its_name(source):
    with pytest.raises(ConflictError, match=r"2024\.02\.01 is older than that of 2024\.03\.01"):
        refuse_older(FeedHeader("kev", source, "2024.02.01", replaces=True), [LOADED])


@pytest.mark.parametrize(
    "header",
    [
        FeedHeader("kev", "kev.json", "2024.03.01", replaces=True),
        FeedHeader("kev", "kev.json", "2024.04.01", replaces=True),
        FeedHeader("kev", "kev.json", "", replaces=True),
        FeedHeader("epss", "kev.json", "2024.01.01", replaces=True),
        FeedHeader("kev", "other.json", "2024.01.01", replaces=False),
    ],
)
def test_the_same_a_newer_or_another_file_is_taken(header):
    refuse_older(header, [LOADED])


def test_only_a_file_of_nothing_but_older_records_is_refused():
    header = FeedHeader("nvd", "2018", "", replaces=False)
    refuse_stale(header, records=2, stale=1)
    refuse_stale(header, records=0, stale=0)

    with pytest.raises(ConflictError, match="all 2 records of 2018"):
        refuse_stale(header, records=2, stale=2)
