"""Spans hold the versions that their bounds say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.modules.intel.spans import BLOCK, Spans, span
from chariot.modules.intel.versions import key

KEYS = st.builds(lambda major, minor: key(f"{major}.{minor}"), st.integers(0, 6), st.integers(0, 3))
BOUNDS = st.one_of(st.just(b""), KEYS)


def of(spans):
    ordered = sorted(spans)
    return Spans([start for start, _ in ordered], [end for _, end in ordered])


@pytest.mark.parametrize(
    ("low_included", "high_included", "held"),
    [
        (True, True, ["1.0", "1.5", "2.0"]),
        (True, False, ["1.0", "1.5"]),
        (False, True, ["1.5", "2.0"]),
        (False, False, ["1.5"]),
    ],
)
def test_a_span_holds_the_bounds_that_are_included(low_included, high_included, held):
    spans = of([span(key("1.0"), low_included, key("2.0"), high_included)])

    assert [one for one in ("0.9", "1.0", "1.5", "2.0", "2.1") if spans.holding(key(one))] == held


def test_a_span_without_bounds_holds_every_version():
    assert of([span(b"", False, b"", False)]).holding(key("17"))


@given(st.lists(st.tuples(BOUNDS, st.booleans(), BOUNDS, st.booleans()), max_size=3 * BLOCK), KEYS)
def test_what_holds_a_version_is_what_a_plain_loop_finds(stretches, wanted):
    ordered = sorted(stretches, key=lambda one: span(*one))

    found = of([span(*one) for one in stretches]).holding(wanted)

    assert found == [
        number
        for number, (low, low_included, high, high_included) in enumerate(ordered)
        if (not low or low < wanted or (low_included and low == wanted))
        and (not high or wanted < high or (high_included and wanted == high))
    ]
