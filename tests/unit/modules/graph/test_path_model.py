import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.model.relationships import ENDS
from chariot.modules.graph.path_model import (
    DEAREST,
    FIX_COSTS,
    LINK_RULES,
    MOVE_NUMBER,
    MOVES,
    UNIT,
    FixKind,
    cost_of,
    likelihood_of,
)


@given(st.floats(1e-8, 1))
def test_the_cost_of_a_likelihood_is_its_logarithm(likelihood) -> None:
    assert likelihood_of(cost_of(likelihood)) == pytest.approx(likelihood, rel=1e-5)
    assert cost_of(likelihood) >= 1


def test_what_cannot_succeed_costs_most() -> None:
    assert cost_of(0.0) == cost_of(1e-300) == DEAREST
    assert math.exp(-DEAREST / UNIT) < 1e-8


@pytest.mark.parametrize("rule", LINK_RULES, ids=lambda rule: f"{rule.type.value} {rule.move}")
def test_every_rule_names_a_move_and_kinds_that_its_relationship_joins(rule) -> None:
    sources, targets = ENDS[rule.type]

    assert rule.move in MOVE_NUMBER
    assert rule.sources <= sources
    assert rule.targets <= targets


def test_every_move_says_why_and_every_fix_has_its_effort() -> None:
    assert all(move.why and 0 < move.likelihood <= 1 for move in MOVES)
    assert set(FIX_COSTS) == set(FixKind)
    assert len(MOVE_NUMBER) == len(MOVES) < 256
