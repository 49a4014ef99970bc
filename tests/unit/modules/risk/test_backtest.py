from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.errors import InvalidError
from chariot.modules.intel.records import Cve, Cvss, EpssScore, KevEntry
from chariot.modules.risk.backtest import Weighed, backtest, weighed
from chariot.modules.risk.formula import Exposure

START = date(2025, 1, 31)
ADDED = date(2025, 3, 10)
DAY = date(2026, 1, 1)
OLD = date(2020, 1, 1)
CVES = [f"CVE-2020-{1_000 + number}" for number in range(100)]
ALL = [EpssScore(cve, (number + 1) / 100, number / 100, DAY) for number, cve in enumerate(CVES)]
KNOWN = {cve: Weighed(OLD, 5.0, Exposure.INTERNET) for cve in CVES}
QUIET, LOUD = CVES[10], CVES[99]


def score(cve: str, percentile: float, day: date) -> EpssScore:
    return EpssScore(cve, percentile, percentile, day)


def shares(result) -> dict[str, float]:
    return {one.ranking: one.share for one in result.found}


def test_what_stood_at_the_top_before_it_was_added_is_a_hit():
    history = [score(LOUD, 0.99, START), score(QUIET, 0.1, START)]

    result = backtest(history, [KevEntry(LOUD, ADDED), KevEntry(QUIET, ADDED)], KNOWN, ALL)

    assert (result.tested, result.population) == (2, 100)
    assert shares(result)["epss"] == 0.5
    assert result.by_percentile.share == 0.5


def test_the_score_of_the_day_itself_and_of_later_days_is_never_looked_at():
    quiet = [score(QUIET, 0.1, START)]
    late = [score(QUIET, 1.0, ADDED + timedelta(days=number)) for number in (0, 1, 30)]

    without = backtest(quiet, [KevEntry(QUIET, ADDED)], KNOWN, ALL)

    assert backtest([*late, *quiet], [KevEntry(QUIET, ADDED)], KNOWN, ALL) == without
    assert shares(without)["epss"] == 0


def test_the_newest_score_before_counts_whatever_the_order_of_the_file():
    history = [score(QUIET, 1.0, START + timedelta(days=30)), score(QUIET, 0.1, START)]

    result = backtest(history, [KevEntry(QUIET, ADDED)], KNOWN, ALL)

    assert shares(result)["epss"] == 1
    assert result.age_days == (ADDED - START).days - 30


def test_what_was_added_before_the_history_begins_is_not_tested():
    history = [score(LOUD, 0.99, START), score(QUIET, 0.1, START)]

    result = backtest(history, [KevEntry(LOUD, ADDED), KevEntry(QUIET, START)], KNOWN, ALL)

    assert (result.added, result.tested) == (1, 1)


def test_what_had_no_score_before_is_said_and_not_hidden():
    history = [score(LOUD, 0.99, START)]

    result = backtest(history, [KevEntry(LOUD, ADDED), KevEntry(QUIET, ADDED)], KNOWN, ALL)

    assert (result.added, result.unscored, result.tested) == (2, 1, 1)


def test_rivals_that_were_not_published_then_take_no_place():
    later = {cve: Weighed(DAY, 5.0, Exposure.INTERNET) for cve in CVES[20:]}

    result = backtest([score(CVES[19], 0.19, START)], [KevEntry(CVES[19], ADDED)], {**KNOWN, **later}, ALL)

    assert result.population == 20
    assert shares(result)["epss"] == 1


def test_of_a_tie_as_much_counts_as_fits_into_the_top():
    result = backtest([score(LOUD, 0.99, START)], [KevEntry(LOUD, ADDED)], KNOWN, ALL)

    assert shares(result)["cvss"] == pytest.approx(0.05)


def test_a_cvss_score_that_stands_out_is_found_by_cvss():
    known = {**KNOWN, QUIET: Weighed(OLD, 9.8, Exposure.INTERNET)}

    result = backtest([score(QUIET, 0.1, START)], [KevEntry(QUIET, ADDED)], known, ALL)

    assert (shares(result)["epss"], shares(result)["cvss"]) == (0, 1)


@given(st.lists(st.floats(0, 1), min_size=100, max_size=100), st.floats(0.01, 0.9))
def test_the_tops_of_all_together_are_the_share_that_was_asked_for(percentiles, top):
    scores = [score(cve, percentile, START) for cve, percentile in zip(CVES, percentiles, strict=True)]
    day = [score(one.cve, one.percentile, DAY) for one in scores]

    result = backtest(scores, [KevEntry(cve, ADDED) for cve in CVES], KNOWN, day, top=top)

    assert shares(result) == pytest.approx(dict.fromkeys(("score", "epss", "cvss"), top))


@pytest.mark.parametrize("top", [0, 1, -0.5])
def test_a_top_that_is_no_share_is_refused(top):
    with pytest.raises(InvalidError, match="top"):
        backtest([], [], {}, [], top=top)


def test_nothing_to_test_is_refused():
    with pytest.raises(InvalidError, match="no CVE was added"):
        backtest([score(LOUD, 0.99, START)], [], KNOWN, ALL)


@pytest.mark.parametrize(
    ("vector", "exposure"),
    [
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Exposure.INTERNET),
        ("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", Exposure.LOCAL),
        ("AV:A/AC:L/Au:N/C:C/I:C/A:C", Exposure.INTERNAL),
        ("unreadable", Exposure.INTERNET),
    ],
)
def test_a_record_is_weighed_by_its_vector(vector, exposure):
    at = datetime(2020, 1, 1, tzinfo=UTC)
    record = Cve(LOUD, at, at, "A flaw.", (Cvss("3.1", vector, 9.8),))

    assert weighed([record]) == {LOUD: Weighed(OLD, 9.8, exposure)}


def test_a_record_without_a_score_or_withdrawn_is_left_out():
    at = datetime(2020, 1, 1, tzinfo=UTC)
    scores = (Cvss("2.0", "AV:N/AC:L/Au:N/C:C/I:C/A:C", 10.0),)
    records = [Cve(LOUD, at, at, "A flaw."), Cve(QUIET, at, at, "None.", scores, rejected=True)]

    assert weighed(records) == {}
