from typing import Any

import pytest

from chariot.formats.support.dojo import DATES, add_finding, flag, status
from chariot.formats.support.record import Record
from chariot.formats.support.scanners import moment
from chariot.model.states import RiskState


@pytest.mark.parametrize(
    ("flags", "state"),
    [
        ({"active": True, "verified": True}, RiskState.OPEN),
        ({"active": True}, RiskState.TRIAGE),
        ({"active": "False", "verified": "False"}, RiskState.TRIAGE),
        ({"false_p": "True", "risk_accepted": True}, RiskState.REJECTED),
        ({"out_of_scope": True}, RiskState.REJECTED),
        ({"risk_accepted": True, "active": False}, RiskState.ACCEPTED),
        ({"is_mitigated": True, "active": False}, RiskState.REMEDIATED),
        ({"mitigated": "2026-01-01", "active": False}, RiskState.REMEDIATED),
        ({"duplicate": True, "active": False}, RiskState.TRIAGE),
        ({}, RiskState.TRIAGE),
    ],
)
def test_flags_tell_one_state(flags: dict[str, Any], state: RiskState) -> None:
    assert status(flags).state is state


@pytest.mark.parametrize(
    ("written", "value"), [("TRUE", True), ("no", False), (None, None), ("perhaps", None)]
)
def test_a_flag_may_be_written_in_many_ways(written: object, *, value: bool | None) -> None:
    assert flag(written) is value


def test_a_finding_without_a_title_is_refused() -> None:
    with pytest.raises(ValueError, match="no title"):
        add_finding(Record("here"), {"severity": "High"}, "tool", "about")


def test_days_may_stand_before_months() -> None:
    assert moment("28/02/2026", *DATES) == moment("02/28/2026", *DATES)
