from datetime import UTC, datetime
from enum import Enum

import pytest
from hypothesis import given

from chariot.model.base import Entity
from chariot.model.kinds.network import Certificate, Port
from chariot.model.kinds.weakness import Risk
from chariot.model.kinds.work import Comment
from chariot.model.registry import KINDS
from chariot.model.states import RiskState, Severity
from chariot.modules.surface.facts import SLOTS, Fact, fact, facts_of, slots
from chariot.modules.surface.places import PLACE, ROOT
from strategies import any_entity


def names_of(entity: Entity) -> tuple[str, ...]:
    """Return what the facts of *entity* are of; its place follows from its key."""
    first, *others = slots(entity.kind)
    assert first == PLACE
    return tuple(others)


def told(entity: Entity) -> dict[str, Fact]:
    return dict(zip(names_of(entity), facts_of(entity), strict=False))


@given(any_entity)
def test_facts_are_plain_and_as_many_for_every_kind(entity: Entity) -> None:
    facts = facts_of(entity)

    assert len(facts) == SLOTS - 1
    assert all(value is None or type(value) in (str, int, float) for value in facts)
    own = len(names_of(entity))
    assert facts[own:] == (None,) * (SLOTS - 1 - own)


@given(any_entity)
def test_a_fact_of_a_filter_equals_the_fact_of_the_entity(entity: Entity) -> None:
    specs = {spec.name: spec for spec in entity.specs}
    for name, stored in ((name, stored) for name, stored in told(entity).items() if name in specs):
        value = getattr(entity, name)
        assert fact(value.value if isinstance(value, Enum) else value, specs[name].type) == stored


def test_what_a_thing_is_about_in_the_end_is_a_fact() -> None:
    risk = Risk(target="#port#192.0.2.7#tcp#443", weakness="CVE-2023-12345")
    comment = Comment(about=risk.key, id="c1")

    assert told(comment) == {"about": risk.key, "author": None, ROOT: risk.target}
    assert told(risk)[ROOT] is None


@pytest.mark.parametrize("kind", list(KINDS))
def test_no_kind_declares_more_than_there_is_room_for(kind: str) -> None:
    assert len(slots(kind)) <= SLOTS


def test_words_with_an_order_compare_by_it() -> None:
    assert [fact(word, Severity) for word in Severity] == sorted(fact(word, Severity) for word in Severity)
    assert fact("critical", Severity | None) > fact("low", Severity | None)
    assert fact(RiskState.TRIAGE, RiskState) < fact(RiskState.OPEN, RiskState)


def test_an_empty_text_is_no_value() -> None:
    port = Port(address="192.0.2.7", protocol="tcp", number=443)
    risk = Risk(target="#domain#a.test", weakness="x")
    certificate = Certificate(sha256="ab" * 32, not_after=datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))

    assert told(port)["service"] is None
    assert told(risk)["score"] is None
    assert told(certificate)["not_after"] == 1_000_000


def test_what_cannot_be_compared_is_no_fact() -> None:
    with pytest.raises(TypeError, match="cannot be indexed"):
        fact(("a",), tuple[str, ...])
