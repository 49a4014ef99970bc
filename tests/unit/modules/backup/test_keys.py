import stat
from pathlib import Path

import pytest

from chariot.errors import ConfigurationError, InvalidError
from chariot.modules.backup.keys import (
    Derivation,
    KeyFile,
    Passphrase,
    Secret,
    derive,
    make_key_file,
    new_derivation,
    passphrase,
    read_key_file,
)

KEY = KeyFile(bytes(range(32)))
WORDS = Passphrase("correct horse battery")
SALT = bytes(32)
CHEAP = Derivation(kind="passphrase", salt=SALT, cost=14)


def test_a_key_file_is_made_for_its_owner_alone_and_read_again(tmp_path: Path) -> None:
    made = make_key_file(tmp_path / "new" / "backup.key")

    assert read_key_file(tmp_path / "new" / "backup.key") == made
    assert stat.S_IMODE((tmp_path / "new" / "backup.key").stat().st_mode) == 0o600
    assert len(list((tmp_path / "new").iterdir())) == 1


def test_a_key_that_is_there_is_never_replaced(tmp_path: Path) -> None:
    first = make_key_file(tmp_path / "backup.key")

    assert make_key_file(tmp_path / "backup.key") == first


def test_each_key_file_is_another(tmp_path: Path) -> None:
    assert make_key_file(tmp_path / "a") != make_key_file(tmp_path / "b")


@pytest.mark.parametrize(
    "text", ["", "secret", "chariot-backup-key-", "chariot-backup-key-" + "z" * 64, "ab" * 32]
)
def test_a_file_without_a_key_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "backup.key").write_text(text)
    (tmp_path / "backup.key").chmod(0o600)

    with pytest.raises(ConfigurationError, match="holds no backup key"):
        read_key_file(tmp_path / "backup.key")


def test_a_key_that_everybody_may_read_is_refused(tmp_path: Path) -> None:
    make_key_file(tmp_path / "backup.key")
    (tmp_path / "backup.key").chmod(0o604)

    with pytest.raises(ConfigurationError, match="chmod 600"):
        read_key_file(tmp_path / "backup.key")


def test_a_key_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"missing\.key"):
        read_key_file(tmp_path / "missing.key")


def test_a_key_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ConfigurationError, match=r"backup\.key"):
        make_key_file(tmp_path / "file" / "backup.key")


def test_each_backup_has_a_key_of_its_own() -> None:
    assert derive(KEY, new_derivation(KEY)) != derive(KEY, new_derivation(KEY))


@pytest.mark.parametrize(
    ("secret", "how"), [(KEY, Derivation(kind="file", salt=SALT)), (WORDS, CHEAP)], ids=["file", "words"]
)
def test_the_same_secret_gives_the_same_key_again(secret: Secret, how: Derivation) -> None:
    assert derive(secret, how) == derive(secret, how)
    assert len(derive(secret, how)) == 32


def test_another_passphrase_gives_another_key() -> None:
    assert derive(WORDS, CHEAP) != derive(Passphrase("another long phrase"), CHEAP)


def test_a_passphrase_costs_much_to_guess() -> None:
    assert new_derivation(WORDS).cost == 17


@pytest.mark.parametrize(
    ("secret", "how", "advice"),
    [
        (KEY, CHEAP, "--passphrase"),
        (WORDS, Derivation(kind="file", salt=SALT), "--key-file"),
        (WORDS, Derivation(kind="passphrase", salt=SALT, cost=40), "cost"),
        (WORDS, Derivation(kind="passphrase", salt=SALT, cost=1), "cost"),
        (KEY, Derivation(kind="file", salt=b"short"), "salt"),
        (KEY, Derivation(kind="stars", salt=SALT), "unknown"),
    ],
)
def test_what_a_header_may_not_ask_for(secret: Secret, how: Derivation, advice: str) -> None:
    with pytest.raises(InvalidError, match=advice):
        derive(secret, how)


def test_a_short_passphrase_is_refused() -> None:
    with pytest.raises(InvalidError, match="12"):
        passphrase("short")
    assert passphrase("long enough to use") == Passphrase("long enough to use")
