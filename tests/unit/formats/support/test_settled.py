import pytest

from chariot.formats.support.record import Record
from chariot.formats.support.settled import settle
from chariot.model.kinds.weakness import Risk
from chariot.model.kinds.work import Attribute
from chariot.model.states import RiskState


@pytest.mark.parametrize(
    ("label", "state"),
    [
        ("fixed", RiskState.REMEDIATED),
        ("passed", RiskState.REMEDIATED),
        ("suppressed", RiskState.ACCEPTED),
        ("not-affected", RiskState.REJECTED),
    ],
)
def test_what_a_tool_calls_settled_settles_a_risk_that_is_there(label: str, state: RiskState) -> None:
    record = Record("line 1")
    target = record.host("192.0.2.7")

    settle(record, target, label, "CVE-2024-0001", "tool")

    (told,) = record.parsed().decided
    assert (told.risk, told.state) == (Risk(target=target, weakness="CVE-2024-0001").key, state)
    assert (told.is_settled, told.reason) == (True, f"{label} in the file of tool")


def test_what_says_nothing_of_a_risk_is_an_attribute_alone() -> None:
    record = Record("line 1")

    settle(record, record.host("192.0.2.7"), "skipped", "CVE-2024-0001", "tool")

    parsed = record.parsed()
    assert parsed.decided == ()
    assert [one.label for one in parsed.entities if isinstance(one, Attribute)] == ["skipped"]
