from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.errors import ConfigurationError, InvalidError
from chariot.model.kinds.weakness import Risk, Vulnerability
from chariot.model.kinds.work import Setting
from chariot.model.observations import Edit
from chariot.model.states import Decision, Severity, Status
from chariot.modules.risk.criticality import CriticalityRule
from chariot.modules.risk.policy import (
    CRITICALITY,
    LABELS,
    SLA,
    WEIGHTS,
    Policies,
    Policy,
    Sla,
    Weights,
    check_setting,
    read_setting,
)

from .conftest import ACME

OPENED = datetime(2026, 3, 1, 12, tzinfo=UTC)
RISK = Risk(
    target="#domain#example.com", weakness="CVE-2024-1", severity=Severity.HIGH, decision=Decision.ACT
)
EXPLOITED = Vulnerability(id="CVE-2024-1", known_exploited=True, known_exploited_due="2026-03-04")


async def test_an_organisation_without_settings_has_the_formula_as_published(world):
    assert await Policies(world.store).of(ACME) == Policy()


async def test_own_rules_stand_before_those_of_the_installation(world):
    house = CriticalityRule(kinds=("domain",))
    value = '[{"names": ["*.pay.example.com"], "level": "high"}]'
    edit = Edit(actor="ann", entity=Setting(label=CRITICALITY), fields={"value": value}, status=Status.ACTIVE)
    await world.surface.edit(ACME, [edit])

    rules = await Policies(world.store, [house]).criticality(ACME)

    assert [rule.level for rule in rules] == ["high", "critical"]


async def test_a_setting_that_was_removed_counts_no_more(world):
    setting = Setting(label=WEIGHTS)
    await world.surface.edit(
        ACME, [Edit(actor="ann", entity=setting, fields={"value": '{"epss": 0}'}, status=Status.ACTIVE)]
    )
    before = await Policies(world.store).of(ACME)
    await world.surface.edit(ACME, [Edit(actor="ann", key=setting.key, status=Status.GONE)])

    assert before.weights == Weights(epss=0)
    assert (await Policies(world.store).of(ACME)).weights == Weights()


async def test_a_setting_that_cannot_be_read_stops_no_score(world):
    edit = Edit(actor="ann", entity=Setting(label=WEIGHTS), fields={"value": "heavy"}, status=Status.ACTIVE)
    await world.surface.edit(ACME, [edit])

    assert (await Policies(world.store).of(ACME)).weights == Weights()


@pytest.mark.parametrize(
    ("label", "text", "place"),
    [
        (WEIGHTS, '{"epss": 301}', "epss"),
        (WEIGHTS, '{"luck": 100}', "luck"),
        (WEIGHTS, '{"epss": -1}', "epss"),
        (WEIGHTS, "not JSON", "risk.weights"),
        (CRITICALITY, '[{"level": "huge", "names": ["*"]}]', "huge"),
        (CRITICALITY, "[{}]", "everything"),
        (CRITICALITY, "[" * 9_000, "risk.criticality"),
        (SLA, '{"severity": {"terrible": 1}}', "terrible"),
        (SLA, '{"decision": {"act": -1}}', "decision"),
    ],
)
def test_a_wrong_setting_is_refused_with_the_place(label, text, place):
    with pytest.raises(InvalidError, match=place):
        check_setting(label, text)


def test_other_settings_are_none_of_ours():
    check_setting("organisation.title", "not JSON")


@given(st.sampled_from(LABELS), st.text(max_size=200))
def test_any_text_is_read_or_refused(label, text):
    with suppress(InvalidError):
        read_setting(label, text)


def test_too_many_rules_of_the_installation_are_refused(tmp_path):
    with pytest.raises(ConfigurationError):
        Policies(None, [CriticalityRule(kinds=("domain",))] * 201)


@pytest.mark.parametrize(
    ("sla", "vulnerability", "days"),
    [
        (Sla(), EXPLOITED, None),
        (Sla(severity={Severity.HIGH: 30}), None, 30),
        (Sla(severity={Severity.LOW: 90}), None, None),
        (Sla(severity={Severity.HIGH: 30}, decision={Decision.ACT: 2}), None, 2),
        (Sla(severity={Severity.HIGH: 30}, known_exploited=5), EXPLOITED, 5),
        (Sla(severity={Severity.HIGH: 30}, known_exploited=5), Vulnerability(id="CVE-2024-1"), 30),
    ],
)
def test_of_all_that_applies_the_earliest_day_is_due(sla, vulnerability, days):
    due_at = sla.due_at(RISK, vulnerability, OPENED)

    assert due_at == (OPENED + timedelta(days=days) if days is not None else None)


@pytest.mark.parametrize(
    ("opened_at", "due_at"),
    [
        (OPENED, datetime(2026, 3, 4, 23, 59, 59, tzinfo=UTC)),
        (OPENED + timedelta(days=30), OPENED + timedelta(days=30)),
    ],
)
def test_the_day_of_the_catalogue_counts_to_its_end_and_never_in_the_past(opened_at, due_at):
    assert Sla(kev_due_date=True).due_at(RISK, EXPLOITED, opened_at) == due_at
