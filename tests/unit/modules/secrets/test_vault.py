import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.errors import ConfigurationError
from chariot.model.keys import Organisation
from chariot.modules.secrets.vault import Vault

ACME = Organisation("acme")
GLOBEX = Organisation("globex")


class FixedKeys:
    def __init__(self, key: bytes = b"k" * 32) -> None:
        self._key = key

    def master(self) -> bytes:
        return self._key


VAULT = Vault(FixedKeys())


@given(st.text(min_size=1).filter(lambda text: text.isprintable()))
def test_what_was_sealed_can_be_opened_and_does_not_show_the_secret(secret):
    sealed = VAULT.seal(ACME, secret)

    assert VAULT.open(ACME, sealed) == secret
    assert secret.encode() not in base64.b64decode(sealed.removeprefix("sealed:1:")) or len(secret) < 3


def test_the_same_secret_is_sealed_the_same_way_twice():
    assert VAULT.seal(ACME, "hunter2") == VAULT.seal(ACME, "hunter2")


def test_sealing_what_is_sealed_changes_nothing():
    sealed = VAULT.seal(ACME, "hunter2")

    assert VAULT.seal(ACME, sealed) == sealed


def test_no_other_organisation_can_open_it():
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        VAULT.open(GLOBEX, VAULT.seal(ACME, "hunter2"))


def test_two_organisations_do_not_show_that_they_share_a_secret():
    assert VAULT.seal(ACME, "hunter2") != VAULT.seal(GLOBEX, "hunter2")


@pytest.mark.parametrize("change", [0, 9, 20, -1])
def test_a_changed_secret_is_refused_without_quoting_it(change):
    data = bytearray(base64.b64decode(VAULT.seal(ACME, "hunter2").removeprefix("sealed:1:")))
    data[change] ^= 1
    changed = "sealed:1:" + base64.b64encode(bytes(data)).decode()

    with pytest.raises(ConfigurationError) as caught:
        VAULT.open(ACME, changed)

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("text", ["sealed:1:", "sealed:1:!!!", "sealed:1:AAAA"])
def test_a_text_that_only_looks_sealed_is_sealed_as_the_secret_it_is(text):
    assert VAULT.open(ACME, VAULT.seal(ACME, text)) == text


def test_another_master_key_opens_nothing():
    with pytest.raises(ConfigurationError):
        Vault(FixedKeys(b"x" * 32)).open(ACME, VAULT.seal(ACME, "hunter2"))


def test_an_empty_secret_stays_empty():
    assert VAULT.seal(ACME, "") == ""
