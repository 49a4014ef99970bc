import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.model.states import Decision
from chariot.modules.risk.criticality import Criticality
from chariot.modules.risk.formula import (
    CEILING,
    FLOOR,
    FORMULA,
    OWN_WEIGHTS,
    Control,
    Exploit,
    Exposure,
    Inputs,
    assess,
    reach_band,
)
from chariot.modules.risk.policy import Weights

fractions = st.floats(0, 1)
inputs = st.builds(
    Inputs,
    epss=fractions | st.none(),
    known_exploited=st.booleans(),
    ransomware=st.booleans(),
    exploit=st.sampled_from(Exploit),
    exposure=st.sampled_from(Exposure),
    authenticated=st.sampled_from((True, False, None)),
    controls=st.frozensets(st.sampled_from(Control)),
    cvss=st.floats(0, 10) | st.none(),
    criticality=st.sampled_from(Criticality),
    reachable=st.integers(0, 10**9),
    leads_to_critical=st.booleans(),
    automatable=st.booleans(),
    total_impact=st.booleans(),
)


percents = st.integers(0, 300)
weights = st.builds(Weights, **dict.fromkeys(Weights.__struct_fields__, percents)) | st.just(Weights())


@given(inputs, weights)
def test_the_points_of_the_factors_add_up_exactly_to_the_score(given_inputs, own):
    result = assess(given_inputs, own)

    assert sum(factor.points for factor in result.factors) == result.score
    assert 0 <= result.score <= 100
    assert all(factor.points.is_integer() for factor in result.factors)
    assert result.formula == (FORMULA if own == Weights() else OWN_WEIGHTS)


def changed(base: Inputs, **fields) -> Inputs:
    values = {name: getattr(base, name) for name in base.__struct_fields__}
    return Inputs(**(values | fields))


@given(inputs, st.lists(fractions, min_size=2, max_size=2).map(sorted), weights)
def test_a_higher_epss_never_lowers_the_score(base, pair, own):
    assert assess(changed(base, epss=pair[0]), own).score <= assess(changed(base, epss=pair[1]), own).score


@given(inputs, st.lists(st.floats(0, 10), min_size=2, max_size=2).map(sorted), weights)
def test_a_higher_cvss_never_lowers_the_score(base, pair, own):
    assert assess(changed(base, cvss=pair[0]), own).score <= assess(changed(base, cvss=pair[1]), own).score


@given(inputs, st.lists(st.integers(0, 10**6), min_size=2, max_size=2).map(sorted), weights)
def test_a_longer_reach_never_lowers_the_score(base, pair, own):
    scores = [assess(changed(base, reachable=number), own).score for number in pair]

    assert scores == sorted(scores)


@given(inputs, st.sampled_from(Control), weights)
def test_one_more_control_never_raises_the_score(base, control, own):
    guarded = changed(base, controls=base.controls | {control})

    assert assess(guarded, own).score <= assess(base, own).score


@given(st.integers(0, 10**6))
def test_the_band_of_a_reach_has_its_points_and_is_the_least_that_has(reachable):
    band = reach_band(reachable)
    points = [
        factor.points for factor in assess(Inputs(reachable=reachable)).factors if factor.name == "reach"
    ]

    assert band <= reachable
    assert reach_band(band) == band
    assert [one.points for one in assess(Inputs(reachable=band)).factors if one.name == "reach"] == points


def test_a_factor_says_how_it_is_weighed():
    factor = assess(Inputs(epss=0.5), Weights(epss=150)).factors[0]

    assert factor.value.endswith("(counts 150 %)")
    assert factor.points == 33


def test_what_stands_before_a_target_takes_no_more_than_its_exposure_added():
    result = assess(Inputs(exposure=Exposure.INTERNAL, authenticated=True, controls=frozenset(Control)))

    points = {factor.name: factor.points for factor in result.factors}
    assert (points["exposure"], points["authentication"], points["controls"]) == (5, -4, -1)


STEPS = [
    ("known_exploited", (False, True)),
    ("ransomware", (False, True)),
    ("exploit", tuple(Exploit)),
    ("exposure", tuple(Exposure)),
    ("criticality", tuple(Criticality)),
    ("authenticated", (True, None)),
    ("authenticated", (True, False)),
    ("leads_to_critical", (False, True)),
    ("automatable", (False, True)),
    ("total_impact", (False, True)),
]


@pytest.mark.parametrize(("name", "steps"), STEPS, ids=lambda value: str(value)[:30])
@given(base=inputs, own=weights)
def test_more_danger_in_one_input_lowers_neither_score_nor_decision(name, steps, base, own):
    results = [assess(changed(base, **{name: step}), own) for step in steps]

    scores = [result.score for result in results]
    decisions = [list(Decision).index(result.decision) for result in results]
    assert scores == sorted(scores)
    assert decisions == sorted(decisions)


@given(inputs)
def test_what_is_exploited_and_on_the_internet_is_never_below_the_floor(base):
    result = assess(changed(base, known_exploited=True, exposure=Exposure.INTERNET))

    assert result.score >= FLOOR


@given(inputs)
def test_what_needs_local_access_stays_below_the_ceiling_unless_exploited(base):
    result = assess(changed(base, known_exploited=False, exposure=Exposure.LOCAL))

    assert result.score <= CEILING


@given(fractions, fractions)
def test_equal_points_of_epss_are_told_in_equal_words(first, second):
    one, other = (assess(Inputs(epss=value)).factors[0] for value in (first, second))

    assert (one.value == other.value) == (one.points == other.points)


@given(fractions)
def test_the_words_for_epss_never_say_too_much(probability):
    factor = assess(Inputs(epss=probability)).factors[0]

    words, percent = factor.value.rsplit(" ", 2)[0], float(factor.value.split()[-2])
    assert (percent / 100 <= probability) if words == "at least" else (probability < 0.0012)


@pytest.mark.parametrize("bad", [{"epss": 1.1}, {"epss": -0.1}, {"cvss": 10.1}, {"reachable": -1}])
def test_numbers_outside_their_range_are_refused_by_name(bad):
    (name,) = bad

    with pytest.raises(ValueError, match=name):
        Inputs(**bad)


def test_an_attack_cannot_be_automated_where_the_internet_does_not_reach():
    reached = Inputs(known_exploited=True, automatable=True, total_impact=True)
    hidden = changed(reached, exposure=Exposure.INTERNAL)

    assert (assess(reached).decision, assess(hidden).decision) == (Decision.ACT, Decision.ATTEND)
