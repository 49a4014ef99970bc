import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.adapters.postgres.dialect import INDEXED_LIMIT, PostgresDialect, shortened, sortable, storable

numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)


@given(one=numbers, other=numbers)
def test_numbers_as_text_sort_like_numbers(one: float, other: float) -> None:
    first, second = sortable(one), sortable(other)

    assert first is not None
    assert second is not None
    assert (first < second, first == second) == (one < other, one == other)


@given(number=numbers)
def test_every_number_lies_between_the_infinities(number: float) -> None:
    low, text, high = sortable(-math.inf), sortable(number), sortable(math.inf)

    assert low is not None
    assert text is not None
    assert high is not None
    assert low < text < high


@pytest.mark.parametrize(("one", "other"), [(1, 1.0), (0, -0.0), (True, 1), (10**20, 1e20)])
def test_equal_numbers_are_one_text(one: float, other: float) -> None:
    assert sortable(one) == sortable(other)


def test_what_is_not_a_number_has_no_text() -> None:
    assert sortable(math.nan) is None


@given(text=st.text(max_size=INDEXED_LIMIT))
def test_what_an_index_takes_is_left_as_it_is(text: str) -> None:
    assert shortened(text) == text


@given(rest=st.text(min_size=1), other=st.text(min_size=1))
def test_long_texts_are_short_and_told_apart(rest: str, other: str) -> None:
    start = "\U0001f40e" * INDEXED_LIMIT
    one, two = shortened(start + rest), shortened(start + other)

    assert (one == two) == (rest == other)
    assert len(one.encode()) < 2_600


@pytest.mark.parametrize("value", ["a\0b", "\ud800", 2**63, -(2**63) - 1])
def test_what_the_engine_cannot_hold_is_known_before_it_is_asked(value: object) -> None:
    assert not storable(("fine", value))


@pytest.mark.parametrize("value", ["", "\uffff", "\U0001f40e", 2**63 - 1, None, 1.5])
def test_what_the_engine_holds_is_let_through(value: object) -> None:
    assert storable((value,))


def test_a_fact_without_a_value_stays_without() -> None:
    assert PostgresDialect().fact_value(None) is None
