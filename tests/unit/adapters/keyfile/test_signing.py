"""The key that signs packs."""

import pytest

from chariot.adapters.keyfile.signing import FilePackKeys
from chariot.errors import ConfigurationError, InvalidError
from chariot.modules.intel.ports import Signature


def test_the_own_key_is_made_once_for_its_owner_alone(tmp_path):
    keys = FilePackKeys(tmp_path / "keys")

    assert keys.trusted() == ()
    assert keys.public() == FilePackKeys(tmp_path / "keys").public()
    assert keys.trusted() == (keys.public(),)
    assert (tmp_path / "keys" / "signing.key").stat().st_mode & 0o077 == 0


def test_a_signature_holds_for_what_was_signed_only(tmp_path):
    keys = FilePackKeys(tmp_path)
    signature = keys.sign(b"data")

    keys.check(signature, b"data")
    with pytest.raises(InvalidError, match="not that of"):
        keys.check(signature, b"other")
    with pytest.raises(InvalidError, match="not that of"):
        keys.check(Signature(signature.key, "zz"), b"data")


@pytest.mark.parametrize("key", ["", "zz", "00" * 31, "../../etc"])
def test_what_is_no_key_is_not_trusted(tmp_path, key):
    with pytest.raises(InvalidError):
        FilePackKeys(tmp_path).trust(key)


def test_a_damaged_key_is_said(tmp_path):
    (tmp_path / "signing.key").write_bytes(b"short")

    with pytest.raises(ConfigurationError):
        FilePackKeys(tmp_path).public()
