import msgspec
import pytest

from chariot.entrypoints.rest.shapes import SHAPES, chosen_fields, plural, shown, sparse
from chariot.errors import InvalidError
from chariot.model.kinds.network import Domain
from chariot.model.kinds.work import AlertRule
from chariot.model.records import Record
from chariot.model.registry import KINDS, UNLISTED, kinds_named
from chariot.model.states import Source, Status, Surface
from rest_perimeter import NOON, ORGANISATION


def record_of(entity):
    return Record(
        key=entity.key,
        kind=entity.kind,
        organisation=ORGANISATION,
        name=entity.name,
        status=Status.ACTIVE,
        source=Source.SEED,
        surface=Surface.EXTERNAL,
        origins=("probe",),
        tags={},
        created=NOON,
        visited=NOON,
        updated=NOON,
        expires=None,
        revision=1,
        decided=(),
        entity=entity,
    )


RULE = AlertRule(label="on-call", channel="https://hooks.test/T0K3N")


@pytest.mark.parametrize("kind", KINDS)
def test_no_fact_of_a_kind_hides_a_common_field(kind):
    fields = SHAPES[kind].fields

    assert len(fields) == len(set(fields))


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - UNLISTED))
def test_a_kind_s_plural_names_the_kind(kind):
    assert kinds_named(plural(kind)) == (kind,)


def test_common_fields_and_facts_stand_side_by_side():
    answer = msgspec.json.decode(msgspec.json.encode(shown(record_of(Domain(host="a.test")))))

    assert (answer["kind"], answer["key"], answer["host"]) == ("domain", "#domain#a.test", "a.test")


def test_a_field_at_its_default_is_there():
    assert b'"registrar":""' in msgspec.json.encode(shown(record_of(Domain(host="a.test"))))


def test_a_secret_is_null_and_its_name_says_that_it_is_set():
    answer = msgspec.json.decode(msgspec.json.encode(shown(record_of(RULE))))

    assert (answer["channel"], answer["signing_key"], answer["secret"]) == (None, None, ["channel"])


def test_a_secret_cannot_be_chosen_out_either():
    chosen = sparse(record_of(RULE), chosen_fields("channel,secret", ("alertrule",)))

    assert chosen == {"key": "#alertrule#on-call", "channel": None, "secret": ("channel",)}


def test_the_facts_alone_have_no_secret_either():
    assert "T0K3N" not in str(SHAPES["alertrule"].facts(RULE))


def test_the_key_is_always_among_the_chosen_fields():
    assert chosen_fields("name, kind", ("domain",)) == ("key", "name", "kind")


def test_a_field_that_no_kind_has_is_refused():
    with pytest.raises(InvalidError, match="no field 'hosts'"):
        chosen_fields("hosts", ("domain", "address"))


def test_a_field_that_another_kind_of_the_group_has_is_left_out():
    assert sparse(record_of(Domain(host="a.test")), chosen_fields("ip", ("domain", "address"))) == {
        "key": "#domain#a.test"
    }
