import pytest

from chariot.modules.work.clock import SKEW_S, wrong_clock


@pytest.mark.parametrize("skew_s", [0.0, SKEW_S - 1, 1 - SKEW_S])
def test_of_a_clock_that_is_a_little_wrong_nothing_is_said(skew_s: float) -> None:
    assert wrong_clock(skew_s) == ""


@pytest.mark.parametrize(("skew_s", "words"), [(3_600.4, "3,600 s ahead of"), (-90.0, "90 s behind")])
def test_of_a_wrong_clock_it_is_said_by_how_much_and_which_way(skew_s: float, words: str) -> None:
    assert wrong_clock(skew_s) == f"the clock of this machine stands {words} the database's: set it right"
