from collections.abc import Mapping

import pytest

from chariot.model.base import Entity
from chariot.model.kinds.network import Domain, Port
from chariot.model.kinds.weakness import Risk
from chariot.model.kinds.work import Comment
from chariot.model.states import Severity
from chariot.modules.surface.places import place_in
from chariot.modules.surface.sight import Rule, Sight, asset_of, needs_tags, shows_entity

PORT = Port(address="192.0.2.7", protocol="tcp", number=443)
HIGH = Risk(target=PORT.key, weakness="CVE-2023-12345", severity=Severity.HIGH)
UNRATED = Risk(target=PORT.key, weakness="CVE-2023-54321")
SAID = Comment(about=HIGH.key, id="c1", text="hm")


def shown(sight: Sight | None, entity: Entity, tags: Mapping[str, str] | None = None) -> bool:
    return shows_entity(sight, entity.key, entity, tags)


@pytest.mark.parametrize("entity", [PORT, HIGH, SAID])
def test_who_has_no_rule_sees_nothing_and_who_is_not_held_sees_all(entity: Entity) -> None:
    assert not shown((), entity)
    assert shown(None, entity)
    assert shown((Rule(),), entity)
    assert Rule().is_everything


@pytest.mark.parametrize(
    ("rule", "entity", "seen"),
    [
        (Rule(kinds=("port",)), PORT, True),
        (Rule(kinds=("port",)), HIGH, True),
        (Rule(kinds=("port",)), SAID, True),
        (Rule(kinds=("domain",)), HIGH, False),
        (Rule(kinds=("risk",)), HIGH, True),
        (Rule(kinds=("risk",)), PORT, False),
        (Rule(highest=Severity.HIGH), HIGH, True),
        (Rule(highest=Severity.MEDIUM), HIGH, False),
        (Rule(highest=Severity.CRITICAL), UNRATED, False),
        (Rule(highest=Severity.CRITICAL), SAID, False),
        (Rule(highest=Severity.LOW), PORT, True),
        (Rule(places=(place_in("192.0.2.7"),)), HIGH, True),
        (Rule(places=(place_in("192.0.2.8"),)), HIGH, False),
        (Rule(places=(place_in("shop.test"),)), Domain(host="www.shop.test"), True),
        (Rule(places=(place_in("shop.test"),)), Domain(host="ashop.test"), False),
    ],
)
def test_a_rule_shows_what_it_names(rule: Rule, entity: Entity, seen: bool) -> None:
    assert shown((rule,), entity) is seen


@pytest.mark.parametrize(
    ("tags", "seen"), [({"env": "prod"}, True), ({"env": "dev"}, False), ({}, False), (None, False)]
)
def test_a_tag_is_that_of_the_asset(tags: Mapping[str, str] | None, seen: bool) -> None:
    sight = (Rule(tags=(("env", "prod"),)),)

    assert shown(sight, HIGH, tags) is seen
    assert needs_tags(sight)


def test_any_value_of_a_tag_is_asked_for_by_its_label_alone() -> None:
    assert shown((Rule(tags=(("env", ""),)),), PORT, {"env": "dev"})


def test_all_parts_of_a_rule_hold_and_one_rule_is_enough() -> None:
    both = Rule(kinds=("port",), tags=(("env", "prod"),))

    assert not shown((both,), PORT, {"env": "dev"})
    assert shown((both, Rule(kinds=("port",))), PORT, {"env": "dev"})


def test_what_is_said_of_a_risk_is_about_its_asset() -> None:
    assert asset_of(SAID) == PORT.key
