from datetime import UTC, datetime

import pytest

from chariot.errors import ConfigurationError
from chariot.model.states import Severity
from chariot.modules.audit.service import AuditRecord
from chariot.modules.detection.rules import built_in, with_own

OWN = """
[[rule]]
name = "brute-force"
title = "Ours"
severity = "low"
actions = ["session:begin"]
at_least = 3

[[rule]]
name = "guessing"
title = "Off"
severity = "low"
actions = ["x"]
enabled = false
"""


def record(**fields: object) -> AuditRecord:
    values = {
        "sequence": 1,
        "at": datetime(2026, 3, 1, tzinfo=UTC),
        "actor": "key:ci:1",
        "action": "session:begin",
        "object": "",
        "ending": "refused",
        "address": "192.0.2.1",
        "request_id": "",
        "before": "",
        "after": "",
        "details": {},
        "hash": "",
    }
    return AuditRecord(**(values | fields))  # type: ignore[arg-type]  # fields of a record


@pytest.mark.parametrize(
    "name",
    [
        "impossible-travel", "password-spraying", "brute-force", "token-reuse", "mass-export", "privilege-change",
        "revoked-token", "audit-gap",
    ],
)  # fmt: skip
def test_every_threat_has_a_rule(name: str) -> None:
    assert name in {rule.name for rule in built_in()}


def test_an_installation_replaces_rules_and_ends_them() -> None:
    rules = {rule.name: rule for rule in with_own(OWN, "detection.toml")}

    assert (rules["brute-force"].title, rules["brute-force"].severity) == ("Ours", Severity.LOW)
    assert "guessing" not in rules
    assert "mass-export" in rules


@pytest.mark.parametrize(
    "text",
    [
        "[[rule]]\nname = 'x'",
        "not toml",
        "[[rule]]\nname='x'\ntitle='x'\nseverity='low'\nactions=['x']\nat_least=0",
        "[[rule]]\nname='x'\ntitle='x'\nseverity='low'\nactions=['x']\nunknown=1",
        "# " + "x" * 1_000_001,
    ],
)
def test_a_file_that_is_wrong_is_named(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"detection\.toml"):
        with_own(text, "detection.toml")


@pytest.mark.parametrize(
    ("fields", "taken"),
    [
        ({}, True),
        ({"ending": "allowed"}, False),
        ({"action": "session:end"}, False),
        ({"details": {"reason": "revoked"}}, True),
    ],
)
def test_a_rule_takes_what_it_is_about(fields: dict[str, object], taken: bool) -> None:
    rule = next(rule for rule in built_in() if rule.name == "brute-force")

    assert rule.takes(record(**fields)) is taken
