import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.lab.score import score, score_kind, with_one_name

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


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("a:nginx:nginx:1.2:*:*:*:*:*:*:*", "a:f5:nginx:1.2:*:*:*:*:*:*:*"),
        ("a:nginx:nginx:1.2p3:*:*:*:*:*:*:deb", "a:f5:nginx:1.2:p3:*:*:*:*:*:deb"),
        ("a:nginx:nginx:1.2p3:x:*:*:*:*:*:*", "a:f5:nginx:1.2p3:x:*:*:*:*:*:*"),
        ("a:b\\:c:d:1:*:*:*:*:*:*:*", "a:b\\:c:d:1:*:*:*:*:*:*:*"),
    ],
)
def test_other_names_of_a_product_are_the_same_technology(key: str, expected: str) -> None:
    names = {"a:nginx:nginx": "a:f5:nginx"}

    found = with_one_name(f"#technology#cpe:2.3:{key}", lambda name: names.get(name, name))

    assert found == f"#technology#cpe:2.3:{expected}"


@given(st.text())
def test_what_is_no_technology_stays_as_it_is(key: str) -> None:
    assert with_one_name(key, str.upper) == key


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
