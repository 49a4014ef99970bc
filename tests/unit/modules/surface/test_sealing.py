from datetime import UTC, datetime

import msgspec
import pytest

from chariot.errors import ConfigurationError
from chariot.model.keys import Organisation
from chariot.model.kinds.network import Domain
from chariot.model.kinds.weakness import Credential
from chariot.model.kinds.work import AlertRule, Comment
from chariot.model.observations import Edit, Observations
from chariot.modules.surface.decide import Part, seen
from chariot.modules.surface.incoming import frame_of
from chariot.modules.surface.sealing import part_wants_seal, sealed, sealed_part

ACME = Organisation("acme")
RULE = AlertRule(
    label="urgent", channel="https://hooks.example.com/token", signing_key="k3y", minimum_score=80
)


def seal(organisation, text):
    return f"{organisation}({text})"


def test_the_secrets_of_an_entity_are_sealed_and_nothing_else():
    edit = sealed(Edit(actor="ann", entity=RULE), ACME, seal)

    assert edit.entity.channel == "acme(https://hooks.example.com/token)"
    assert edit.entity.signing_key == "acme(k3y)"
    assert edit.entity.minimum_score == 80


def test_secrets_among_fields_are_sealed():
    edit = sealed(
        Edit(actor="ann", key=RULE.key, fields={"signing_key": "n3w", "enabled": False}), ACME, seal
    )

    assert edit.fields == {"signing_key": "acme(n3w)", "enabled": False}


def test_an_edit_without_secrets_is_left_as_it_is():
    edit = Edit(actor="ann", entity=Domain(host="example.com"))

    assert sealed(edit, ACME, None) is edit


def test_clearing_a_secret_needs_no_key():
    edit = Edit(actor="ann", key=RULE.key, fields={"signing_key": ""})

    assert sealed(edit, ACME, None) is edit


def test_a_secret_is_refused_where_nothing_can_seal_it():
    with pytest.raises(ConfigurationError, match="takes no secrets"):
        sealed(Edit(actor="ann", entity=RULE), ACME, None)


def test_a_secret_of_the_wrong_type_is_left_for_the_check_of_its_field():
    edit = Edit(actor="ann", key=RULE.key, fields={"signing_key": 7})

    assert sealed(edit, ACME, seal).fields == {"signing_key": 7}


def test_what_is_about_people_is_sealed_with_the_secrets():
    note = Comment(about="#domain#a.test", id="1", text="hm", author="ann")

    edit = sealed(Edit(actor="ann", entity=note), ACME, seal)

    assert (edit.entity.author, edit.entity.text) == ("acme(ann)", "hm")


def test_without_keys_what_is_about_people_stays_as_it_is():
    note = Comment(about="#domain#a.test", id="1", author="ann")

    assert sealed(Edit(actor="ann", entity=note), ACME, None).entity.author == "ann"


def part_of(*entities):
    items = [seen(place, entity) for place, entity in enumerate(entities)]
    return Part(items, [], frame_of(Observations(capability="lab", seen_at=datetime(2026, 1, 1, tzinfo=UTC))))


def test_of_a_batch_only_what_is_about_people_is_sealed():
    leak = Credential(type="password", fingerprint="a" * 64, account="ann")
    domain = Domain(host="a.test")
    part = part_of(domain, leak)

    made = sealed_part(part, ACME, seal)

    assert made.seen[0] is part.seen[0]
    assert '"account":"acme(ann)"' in made.seen[1].doc
    assert made.seen[1].key == leak.key


def test_a_batch_without_such_kinds_is_passed_on_as_it_is():
    part = part_of(Domain(host="a.test"))

    assert not part_wants_seal(part)
    assert sealed_part(part, ACME, seal) is part


def test_what_is_wrong_is_left_for_the_merge_to_refuse():
    part = part_of(Credential(type="password", fingerprint="a" * 64))
    broken = msgspec.structs.replace(part.seen[0], entity=None, doc='{"kind":"credential"}')

    assert sealed_part(Part([broken], [], part.by), ACME, seal).seen == [broken]
