"""The words that an answer is told in."""

import pytest

from chariot.modules.intel.answers import (
    MEANT,
    TOGETHER,
    UNCLEAR,
    State,
    affected,
    outside,
    told,
)
from chariot.modules.intel.criteria import compiled
from chariot.modules.intel.records import CpeMatch
from chariot.modules.intel.technology import ATTRIBUTES

CVE = "CVE-2024-1000"
ANY_SERVER = "cpe:2.3:a:acme:server:*:*:*:*:*:*:*:*"
RANGE = CpeMatch(ANY_SERVER, start_including="1", end_excluding="2")


@pytest.mark.parametrize(
    ("ground", "state", "probe"),
    [
        (MEANT, State.AFFECTED, None),
        (TOGETHER, State.CANNOT_TELL, "platform"),
        (UNCLEAR, State.CANNOT_TELL, "advisory"),
        (ATTRIBUTES.index("update"), State.CANNOT_TELL, "update"),
        (ATTRIBUTES.index("sw_edition"), State.CANNOT_TELL, "edition"),
    ],
)
def test_what_an_answer_rests_on_says_what_would_tell(ground, state, probe):
    answer = told(CVE, ground, compiled(RANGE))

    assert (answer.state, answer.probe and answer.probe.kind) == (state, probe)


@pytest.mark.parametrize(
    ("match", "words"),
    [
        (RANGE, {"bounds": "from 1, before 2"}),
        (CpeMatch("cpe:2.3:a:acme:server:1.0:*:*:*:*:*:*:*"), {"version": "1.0"}),
        (CpeMatch(ANY_SERVER), {}),
    ],
)
def test_words_that_are_kept_tell_what_the_criterion_tells(match, words):
    assert affected(CVE, match.cpe, **words) == told(CVE, MEANT, compiled(match))


def test_without_a_criterion_another_product_decides():
    assert told(CVE, TOGETHER, None).probe.kind == "platform"
    assert told(CVE, MEANT, None).state is State.AFFECTED


def test_what_is_outside_is_not_affected():
    assert outside(CVE).state is State.NOT_AFFECTED
