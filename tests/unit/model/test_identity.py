import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.model.identity import key_in
from chariot.model.registry import KINDS, entity_decoder, entity_encoder
from strategies import entities


@pytest.mark.parametrize("kind", list(KINDS))
@given(st.data())
def test_the_key_in_an_item_is_the_key_of_its_entity(kind: str, data: st.DataObject) -> None:
    entity = data.draw(entities(kind))

    assert key_in(entity_encoder.encode(entity)) == entity.key


@pytest.mark.parametrize(
    "item",
    [
        b'{"kind":"domain","host":" EXAMPLE.com."}',
        b'{"host":"b\xc3\xbccher.example","kind":"domain","registrar":"x"}',
        b'{"kind":"address","ip":"::ffff:192.0.2.7"}',
        b'{"kind":"port","address":"2001:DB8::1","protocol":"tcp","number":443,"banner":null}',
        b'{"kind":"webapplication","url":"https://Example.com:443"}',
        b'{"kind":"attribute","owner":"#domain#a.test","label":"note","value":"50% #1"}',
        b'{"kind":"file","path":"a#b%c"}',
    ],
)
def test_an_identity_is_made_canonical(item: bytes) -> None:
    assert key_in(item) == entity_decoder.decode(item).key


@pytest.mark.parametrize(
    "item",
    [
        b'{"kind":"spaceship"}',
        b'{"kind":"domain"}',
        b'{"kind":"domain","host":5}',
        b'{"kind":"domain","host":"192.0.2.7"}',
        b'{"kind":"port","address":"192.0.2.7","protocol":"tcp","number":0}',
        b"[]",
        b"",
    ],
)
def test_a_wrong_identity_is_refused(item: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, ValueError)):
        key_in(item)
