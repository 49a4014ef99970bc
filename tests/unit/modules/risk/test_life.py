from datetime import UTC, datetime, timedelta
from itertools import product

import msgspec
import pytest

from chariot.errors import ConflictError, InvalidError
from chariot.model.kinds.weakness import Risk
from chariot.model.states import RiskState
from chariot.modules.risk.life import TRANSITIONS, step

NOW = datetime(2026, 3, 1, tzinfo=UTC)
RISK = Risk(target="#port#192.0.2.7#tcp#443", weakness="CVE-2024-1000")
PAIRS = list(product(RiskState, RiskState))


def in_state(state: RiskState) -> Risk:
    return msgspec.structs.replace(RISK, state=state)


def until(state: RiskState) -> datetime | None:
    return {RiskState.ACCEPTED: NOW + timedelta(days=30)}.get(state)


@pytest.mark.parametrize(("present", "to"), [pair for pair in PAIRS if pair[1] in TRANSITIONS[pair[0]]])
def test_a_legal_step_sets_the_state(present, to):
    fields = step(in_state(present), to, "because", until(to), NOW)

    assert fields["state"] == to.value


@pytest.mark.parametrize(("present", "to"), [pair for pair in PAIRS if pair[1] not in TRANSITIONS[pair[0]]])
def test_an_illegal_step_is_refused_and_the_legal_ones_are_named(present, to):
    with pytest.raises(ConflictError) as refused:
        step(in_state(present), to, "because", None, NOW)

    assert all(state.value in str(refused.value) for state in TRANSITIONS[present])


@pytest.mark.parametrize("to", [RiskState.ACCEPTED, RiskState.REJECTED])
def test_accepting_and_rejecting_need_a_reason(to):
    with pytest.raises(InvalidError, match="why"):
        step(RISK, to, "  ", until(to), NOW)


@pytest.mark.parametrize("end", [None, NOW, NOW - timedelta(days=1), datetime(2027, 1, 1)])  # noqa: DTZ001
def test_an_acceptance_needs_an_end_in_the_future(end):
    with pytest.raises(InvalidError, match="until"):
        step(RISK, RiskState.ACCEPTED, "because", end, NOW)


def test_only_an_acceptance_has_an_end():
    with pytest.raises(InvalidError, match="until"):
        step(RISK, RiskState.OPEN, "", NOW + timedelta(days=1), NOW)


def test_opening_again_forgets_reason_and_end():
    fields = step(in_state(RiskState.ACCEPTED), RiskState.OPEN, "it matters now", None, NOW)

    assert (fields["reason"], fields["accepted_until"]) == ("", None)
