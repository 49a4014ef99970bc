import pytest

from chariot.errors import ConfigurationError
from chariot.model.keys import Organisation
from chariot.model.kinds.network import Domain
from chariot.model.kinds.work import AlertRule
from chariot.model.observations import Edit
from chariot.modules.surface.sealing import sealed

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
