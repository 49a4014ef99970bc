from typing import Annotated

import msgspec
import pytest

from chariot.model.kinds.work import AlertRule
from chariot.model.refusals import refused_entity, refused_input


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    number: int


class Outer(msgspec.Struct, forbid_unknown_fields=True):
    items: list[Inner] = []
    tags: dict[str, str] = {}


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b'{"items":[{"number":"x"}]}', "items[0].number"),
        (b'{"items":[{"number":1,"more":2}]}', "items[0].more"),
        (b'{"items":[{}]}', "items[0].number"),
        (b'{"more":1}', "more"),
        (b'{"items":1}', "items"),
        (b'{"tags":{"a":1}}', "tags[...]"),
        (b"[]", "body"),
        (b"{", "body"),
    ],
)
def test_a_decoder_s_error_names_the_path(body, place):
    with pytest.raises(msgspec.DecodeError) as raised:
        msgspec.json.decode(body, type=Outer)

    assert refused_input(raised.value, place="body").place == place


def test_a_key_that_is_wrong_is_told_by_the_field_that_holds_it():
    labels = msgspec.defstruct("Labels", [("tags", dict[Annotated[str, msgspec.Meta(max_length=2)], str])])
    with pytest.raises(msgspec.ValidationError) as raised:
        msgspec.json.decode(b'{"tags":{"long":"x"}}', type=labels)

    assert refused_input(raised.value, place="body").place == "tags"


def test_what_an_entity_refuses_is_told_by_its_field():
    with pytest.raises(ValueError, match="label") as raised:
        AlertRule(label="On Call")

    told = refused_entity(raised.value, place="body")
    assert (told.place, told.message.startswith("not a short lower-case name")) == ("label", True)


def test_a_text_with_a_colon_is_no_field():
    assert refused_entity(ValueError("JSON is malformed: byte 0"), place="batch").place == "batch"
