import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.model.drafts import AnyDraft, draft_doc, settled
from chariot.model.keys import Key
from chariot.model.registry import KINDS, entity_decoder, entity_encoder
from strategies import entities

decoder = msgspec.json.Decoder(AnyDraft)


def key_in(item: bytes) -> Key:
    draft = decoder.decode(item)
    key: Key = draft.make_key(draft)
    return key


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


@pytest.mark.parametrize("kind", list(KINDS))
@given(st.data())
def test_a_settled_draft_is_the_canonical_form_of_its_entity(kind: str, data: st.DataObject) -> None:
    doc = entity_encoder.encode(data.draw(entities(kind))).decode()

    draft = decoder.decode(doc)
    draft.make_key(draft)

    assert draft_doc(draft) == doc
    assert settled(draft, doc) in (doc, None)


@pytest.mark.parametrize(
    "item",
    [
        b'{"kind":"domain","host":" EXAMPLE.com.","name_servers":["B.test","a.test."],"registrar":""}',
        b'{"kind":"certificate","sha256":"%s","not_after":"2026-01-01T02:00:00+02:00"}' % (b"AB" * 32),
        b'{"kind":"vulnerability","id":"cve-2026-12345","epss":-0.0,"references":["b","a","b"]}',
        b'{"kind":"webapplication","url":"https://a.test","headers":[["A","b"]],"status_code":200}',
    ],
)
def test_a_draft_is_made_canonical_as_its_entity_is(item: bytes) -> None:
    draft = decoder.decode(item)
    draft.make_key(draft)

    assert settled(draft, draft_doc(draft)) == entity_encoder.encode(entity_decoder.decode(item)).decode()


@pytest.mark.parametrize(
    "item",
    [
        b'{"kind":"address","ip":"192.0.2.7","asn":-1}',
        b'{"kind":"risk","target":"#domain#a.test","weakness":"x"}',
    ],
)
def test_what_is_wrong_or_takes_a_closer_look_is_not_settled(item: bytes) -> None:
    draft = decoder.decode(item)
    draft.make_key(draft)

    assert settled(draft, draft_doc(draft)) is None


@pytest.mark.parametrize("item", [b'{"kind":"domain","host":"a.test","colour":"red"}'])
def test_a_draft_has_no_other_fields_than_its_kind(item: bytes) -> None:
    with pytest.raises(msgspec.ValidationError, match="colour"):
        decoder.decode(item)
