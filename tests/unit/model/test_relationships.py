import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import strategies
from chariot.model.keys import Key
from chariot.model.registry import KINDS
from chariot.model.relationships import ENDS, Relationship, RelationshipType


def test_every_type_says_which_kinds_it_joins() -> None:
    assert set(ENDS) == set(RelationshipType)


@pytest.mark.parametrize("kind", list(RelationshipType))
def test_the_ends_of_every_type_are_kinds_that_exist(kind: RelationshipType) -> None:
    sources, targets = ENDS[kind]

    assert sources
    assert targets
    assert sources | targets <= set(KINDS)


@given(st.lists(strategies.evidence, max_size=3).map(tuple))
def test_a_relationship_comes_back_from_json_as_it_was(evidence: tuple[object, ...]) -> None:
    one = Relationship(
        RelationshipType.HAS_PORT, Key("#address#192.0.2.7"), Key("#port#192.0.2.7#tcp#22"), evidence
    )

    assert msgspec.json.decode(msgspec.json.encode(one), type=Relationship) == one


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ((RelationshipType.HAS_PORT, "#domain#a.test", "#port#192.0.2.7#tcp#22"), "source"),
        ((RelationshipType.HAS_PORT, "#address#192.0.2.7", "#address#192.0.2.7"), "target"),
        ((RelationshipType.ALIAS_OF, "#domain#a.test", "#domain#a.test"), "target"),
        (("HAS_PORT", "#address#192.0.2.7", "#port#192.0.2.7#tcp#22"), "type"),
        ((RelationshipType.HAS_PORT, 5, "#port#192.0.2.7#tcp#22"), "source"),
        ((RelationshipType.HAS_PORT, "#address#192.0.2.7", "#port#192.0.2.7#tcp#22", ("text",)), "evidence"),
        ((RelationshipType.HAS_PORT, "", ""), "source"),
    ],
)
def test_a_relationship_that_joins_nothing_is_refused_by_name(values: tuple[object, ...], place: str) -> None:
    with pytest.raises(ValueError, match=rf"\A{place}: "):
        Relationship(*values)
