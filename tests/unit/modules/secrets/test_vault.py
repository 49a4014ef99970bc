import base64

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from chariot.adapters.keyfile.keys import FileKeys
from chariot.errors import ConfigurationError, UnavailableError
from chariot.model.keys import Organisation
from chariot.modules.secrets.keyring import KeyRing
from chariot.modules.secrets.memory import MemoryDataKeys
from chariot.modules.secrets.vault import Vault, sealed_by

ACME = Organisation("acme")
GLOBEX = Organisation("globex")


@pytest.fixture
async def vault(tmp_path) -> Vault:
    keys = FileKeys(tmp_path / "master.key")
    made = Vault(KeyRing(keys, MemoryDataKeys()), keys)
    await made.ready(ACME)
    await made.ready(GLOBEX)
    return made


@pytest.mark.parametrize("secret", ["hunter2", "ä" * 4_000, "sealed:2:1:", "x"])
async def test_what_was_sealed_can_be_opened_and_does_not_show_the_secret(vault, secret):
    sealed = vault.seal(ACME, secret)

    assert vault.open(ACME, sealed) == secret
    assert secret.encode() not in base64.b64decode(sealed.rpartition(":")[2]) or len(secret) < 3


async def test_every_text_that_can_be_printed_comes_back(vault):
    @given(st.text(min_size=1).filter(str.isprintable))
    def check(secret):
        assert vault.open(ACME, vault.seal(ACME, secret)) == secret

    check()


async def test_the_same_secret_is_sealed_the_same_way_twice(vault):
    assert vault.seal(ACME, "hunter2") == vault.seal(ACME, "hunter2")


async def test_sealing_what_is_sealed_changes_nothing(vault):
    sealed = vault.seal(ACME, "hunter2")

    assert vault.seal(ACME, sealed) == sealed


async def test_no_other_organisation_can_open_it(vault):
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        vault.open(GLOBEX, vault.seal(ACME, "hunter2"))


async def test_two_organisations_do_not_show_that_they_share_a_secret(vault):
    assert vault.seal(ACME, "hunter2") != vault.seal(GLOBEX, "hunter2")


@pytest.mark.parametrize("change", [0, 9, 20, -1])
async def test_a_changed_secret_is_refused_without_quoting_it(vault, change):
    data = bytearray(base64.b64decode(vault.seal(ACME, "hunter2").rpartition(":")[2]))
    data[change] ^= 1
    changed = "sealed:2:1:" + base64.b64encode(bytes(data)).decode()

    with pytest.raises(ConfigurationError) as caught:
        vault.open(ACME, changed)

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["sealed:", "sealed:1:", "sealed:1:!!!", "sealed:2:1:AAAA", "sealed:2:99:AAAA", "sealed:3:x"]
)
async def test_a_text_that_only_looks_sealed_is_sealed_as_the_secret_it_is(vault, text):
    assert vault.open(ACME, vault.seal(ACME, text)) == text


async def test_another_master_key_opens_nothing(vault, tmp_path):
    kept = MemoryDataKeys()
    keys = FileKeys(tmp_path / "master.key")
    await KeyRing(keys, kept).ready(ACME)
    (tmp_path / "master.key").unlink()

    with pytest.raises(ConfigurationError, match="restore its file"):
        await KeyRing(FileKeys(tmp_path / "other.key"), kept).ready(ACME)


async def test_an_empty_secret_stays_empty(vault):
    assert vault.seal(ACME, "") == ""


async def test_nothing_is_sealed_before_there_is_a_key(tmp_path):
    keys = FileKeys(tmp_path / "master.key")

    with pytest.raises(UnavailableError):
        Vault(KeyRing(keys, MemoryDataKeys()), keys).seal(ACME, "hunter2")


async def test_a_new_key_seals_and_the_older_one_still_opens(vault):
    before = vault.seal(ACME, "hunter2")

    await vault.ring.add(ACME)
    after = vault.seal(ACME, "hunter2")

    assert (sealed_by(before), sealed_by(after)) == (1, 2)
    assert vault.open(ACME, before) == vault.open(ACME, after) == "hunter2"
    assert (vault.is_current(ACME, before), vault.is_current(ACME, after)) == (False, True)
    assert set(vault.forms(ACME, "hunter2")) == {"hunter2", before, after}


async def test_what_was_sealed_before_organisations_had_keys_of_their_own_opens_after_a_new_master_key(
    vault, tmp_path
):
    master = (tmp_path / "master.key").read_bytes()
    key = HKDF(SHA256(), length=32, salt=None, info=b"chariot seal acme").derive(master)
    first = (
        "sealed:1:" + base64.b64encode(b"n" * 12 + AESGCM(key).encrypt(b"n" * 12, b"old", b"acme")).decode()
    )

    await FileKeys(tmp_path / "master.key").rotate()

    assert vault.open(ACME, first) == "old"
    assert vault.is_sealed(ACME, first)
    assert not vault.is_current(ACME, first)
    with pytest.raises(ConfigurationError):
        vault.open(GLOBEX, first)
