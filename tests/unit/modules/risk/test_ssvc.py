from itertools import product

import pytest

from chariot.model.states import Decision
from chariot.modules.risk.ssvc import TABLE, Exploitation, Mission, decide


def test_the_table_is_complete():
    assert set(TABLE) == set(product(Exploitation, (False, True), (False, True)))
    assert all(len(row) == len(Mission) for row in TABLE.values())


@pytest.mark.parametrize(
    ("exploitation", "automatable", "total_impact", "mission", "expected"),
    [
        (Exploitation.NONE, False, True, Mission.HIGH, Decision.TRACK_STAR),
        (Exploitation.NONE, True, False, Mission.HIGH, Decision.ATTEND),
        (Exploitation.POC, False, True, Mission.MEDIUM, Decision.TRACK_STAR),
        (Exploitation.ACTIVE, False, False, Mission.MEDIUM, Decision.TRACK),
        (Exploitation.ACTIVE, True, True, Mission.LOW, Decision.ATTEND),
        (Exploitation.ACTIVE, True, True, Mission.MEDIUM, Decision.ACT),
    ],
)
def test_decisions_are_those_that_cisa_publishes(exploitation, automatable, total_impact, mission, expected):
    decision = decide(exploitation, automatable=automatable, total_impact=total_impact, mission=mission)

    assert decision is expected
