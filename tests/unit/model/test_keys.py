import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.model.base import Entity
from chariot.model.keys import escape, kind_of, unescape
from chariot.model.kinds.weakness import Risk
from chariot.model.registry import KINDS
from strategies import any_entity, entities


def identity(entity: Entity) -> tuple[object, ...]:
    return (entity.kind, *(getattr(entity, name) for name, _ in entity.identity))


def parsed(key: str, cls: type[Entity]) -> tuple[str, ...]:
    """Take a key apart: one part at most is itself a key, so the others are counted from both ends."""
    nested = [is_key for _, is_key in cls.identity]
    parts = key.removeprefix(f"#{cls.kind}#").split("#")
    if True not in nested:
        return tuple(map(unescape, parts))
    at = nested.index(True)
    behind = len(nested) - at - 1
    # The nested key brings its own separator, so it follows the part before it directly.
    middle = "#" + "#".join(parts[at : len(parts) - behind])
    return (*map(unescape, parts[:at]), middle, *map(unescape, parts[len(parts) - behind :]))


@given(st.text())
def test_unescape_gives_back_what_was_escaped(value: str) -> None:
    assert unescape(escape(value)) == value


@given(st.text(), st.text())
def test_two_texts_never_share_an_escaped_form(one: str, other: str) -> None:
    assert (escape(one) == escape(other)) == (one == other)


@given(st.text())
def test_an_escaped_text_has_no_separator(value: str) -> None:
    assert "#" not in escape(value)


@given(any_entity, any_entity)
def test_distinct_identities_never_share_a_key(one: Entity, other: Entity) -> None:
    assert (one.key == other.key) == (identity(one) == identity(other))


@pytest.mark.parametrize("kind", list(KINDS))
@given(st.data())
def test_a_key_can_be_taken_apart_into_its_identity(kind: str, data: st.DataObject) -> None:
    entity = data.draw(entities(kind))

    assert kind_of(entity.key) == kind
    assert parsed(entity.key, KINDS[kind]) == tuple(map(str, identity(entity)[1:]))


def test_a_separator_in_a_weakness_does_not_look_like_another_target() -> None:
    one = Risk(target="#port#192.0.2.7#tcp#443", weakness="x")
    other = Risk(target="#port#192.0.2.7#tcp", weakness="443#x")

    assert one.key == "#risk#port#192.0.2.7#tcp#443#x"
    assert other.key == "#risk#port#192.0.2.7#tcp#443%23x"


@pytest.mark.parametrize("text", ["", "#", "##", "domain#a.test", "#domain", "#domain#", "a"])
def test_what_is_not_of_a_keys_form_names_no_kind(text: str) -> None:
    assert kind_of(text) == ""
