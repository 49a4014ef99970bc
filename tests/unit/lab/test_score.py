import msgspec
from hypothesis import given
from hypothesis import strategies as st

from chariot.lab.score import score, score_kind

KEYS = st.frozensets(st.text("ab#", max_size=3))


def test_a_miss_lowers_recall_and_an_extra_lowers_precision():
    result = score({"port": {"a", "b", "c", "d"}}, {"port": ["a", "b", "x"]})

    assert msgspec.to_builtins(result) == {
        "port": {
            "expected": 4,
            "found": 3,
            "missed": ["c", "d"],
            "extra": ["x"],
            "precision": 2 / 3,
            "recall": 0.5,
        }
    }


def test_a_scan_that_found_nothing_is_not_precise():
    assert (score_kind({"a"}, ()).precision, score_kind({"a"}, ()).recall) == (0.0, 0.0)


def test_finding_nothing_where_nothing_is_expected_is_perfect():
    result = score_kind((), ())

    assert (result.precision, result.recall, result.is_perfect) == (1.0, 1.0, True)


def test_a_kind_without_truth_is_not_scored():
    assert score({}, {"job": {"a"}}) == {}


@given(keys=KEYS)
def test_finding_exactly_the_expected_is_perfect(keys):
    result = score_kind(keys, keys)

    assert (result.precision, result.recall, result.is_perfect) == (1.0, 1.0, True)


@given(wanted=KEYS, seen=KEYS)
def test_shares_and_lists_agree(wanted, seen):
    result = score_kind(wanted, seen)

    assert 0 <= result.precision <= 1
    assert 0 <= result.recall <= 1
    assert result.expected - len(result.missed) == result.found - len(result.extra)
    assert result.is_perfect == (wanted == seen)
