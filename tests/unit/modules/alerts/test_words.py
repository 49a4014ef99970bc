from datetime import UTC, datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from chariot.model.kinds.weakness import Factor
from chariot.model.states import Decision, RiskState, Severity
from chariot.modules.alerts.ports import Alert
from chariot.modules.alerts.words import subject, text

ALERT = Alert(
    id="0" * 32,
    rule="urgent",
    cause="new",
    began_at=datetime(2026, 3, 1, tzinfo=UTC),
    organisation="acme",
    risk="#risk#port#192.0.2.7#tcp#443#CVE-2024-1000",
    target="#port#192.0.2.7#tcp#443",
    weakness="CVE-2024-1000",
    title="Widget 1.0: it overflows",
    score=84,
    decision=Decision.ACT,
    severity=Severity.CRITICAL,
    state=RiskState.TRIAGE,
    known_exploited=True,
    remediation="Update Widget to 2.0 or later.",
    factors=(Factor("epss", "at least 87 %", 25.0), Factor("authentication", "required", -4.0)),
)


def test_an_alert_says_what_where_why_and_what_to_do():
    assert subject(ALERT) == "New risk: 84 of 100, CVE-2024-1000 at 192.0.2.7 tcp 443"
    assert text(ALERT) == (
        "Widget 1.0: it overflows\n"
        "Where: 192.0.2.7 tcp 443\n"
        "Score: 84 of 100; decision: act\n"
        "Because: epss at least 87 % (+25)\n"
        "Do: Update Widget to 2.0 or later.\n"
        "Rule: urgent; key: #risk#port#192.0.2.7#tcp#443#CVE-2024-1000"
    )


@given(st.text())
def test_text_from_outside_cannot_mention_link_or_add_lines(title):
    words = text(msgspec.structs.replace(ALERT, title=f"x{title}"))

    assert len(words.split("\n")) == 6
    assert not set(words.splitlines()[0]) & set("@<>[]`")
