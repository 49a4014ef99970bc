from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from chariot.model.kinds.weakness import Credential, Risk, Technology
from chariot.model.states import RiskState

TARGET = "#port#192.0.2.7#tcp#443"


@pytest.mark.parametrize(
    ("state", "after"),
    [
        (RiskState.REMEDIATED, RiskState.OPEN),
        (RiskState.ACCEPTED, RiskState.ACCEPTED),
        (RiskState.REJECTED, RiskState.REJECTED),
        (RiskState.OPEN, RiskState.OPEN),
        (RiskState.TRIAGE, RiskState.TRIAGE),
    ],
)
def test_only_a_remediated_risk_opens_again_when_it_is_seen(state: RiskState, after: RiskState) -> None:
    assert Risk(target=TARGET, weakness="CVE-2023-12345", state=state).sighted_again().state is after


def test_seeing_a_risk_again_keeps_all_but_its_state() -> None:
    until = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=30)
    risk = Risk(target=TARGET, weakness="x", state=RiskState.REMEDIATED, owner="ana", accepted_until=until)

    again = risk.sighted_again()

    assert again == msgspec.structs.replace(risk, state=RiskState.OPEN)


@pytest.mark.parametrize("target", ["#risk#domain#a.test#x", "#vulnerability#CVE-2023-12345"])
def test_a_risk_is_not_at_another_weakness(target: str) -> None:
    with pytest.raises(ValueError, match=r"\Atarget: "):
        Risk(target=target, weakness="x")


def test_names_are_for_people() -> None:
    assert Risk(target=TARGET, weakness="CVE-2023-12345").name == "CVE-2023-12345 at 192.0.2.7#tcp#443"
    assert Technology(cpe="cpe:2.3:a:f5:nginx:1.24.0:*:*:*:*:*:*:*", version="1.24.0").name == "nginx 1.24.0"
    assert Credential(type="aws-access-key", fingerprint="ab" * 32).name == "aws-access-key abababababab"
