import stat
from pathlib import Path

import pytest

from chariot.adapters.keyfile.audit import FileAnchors, FileSigner
from chariot.adapters.keyfile.keys import FileKeys
from chariot.errors import ConfigurationError
from chariot.model.keys import Organisation
from chariot.modules.audit.chain import GENESIS
from chariot.modules.audit.seals import Checkpoint, Signed, body_of


def test_processes_with_the_same_master_key_trust_each_other(tmp_path: Path) -> None:
    signed = FileSigner(tmp_path / "one", FileKeys(tmp_path / "master.key")).sign(b"text")

    assert FileSigner(tmp_path / "two", FileKeys(tmp_path / "master.key")).check(signed) == ""
    assert stat.S_IMODE((tmp_path / "master.key").stat().st_mode) == 0o600


async def test_what_was_signed_before_the_master_key_changed_stays_trusted(tmp_path: Path) -> None:
    keys = FileKeys(tmp_path / "master.key")
    running = FileSigner(tmp_path, keys)
    before = running.sign(b"text")

    await keys.rotate()
    after = FileSigner(tmp_path, FileKeys(tmp_path / "master.key")).sign(b"text")

    assert before.key != after.key
    assert running.check(after) == ""
    assert FileSigner(tmp_path, FileKeys(tmp_path / "master.key")).check(before) == ""


async def test_what_a_master_key_signed_stays_trusted_when_the_key_was_given_up(tmp_path: Path) -> None:
    keys = FileKeys(tmp_path / "master.key")
    before = FileSigner(tmp_path, keys).sign(b"text")
    [first] = await keys.describe()
    await keys.rotate()

    await keys.retire(first.id)

    assert FileSigner(tmp_path, FileKeys(tmp_path / "master.key")).check(before) == ""


@pytest.mark.parametrize(
    "change",
    [
        lambda one: Signed(one.body + " ", one.key, one.signature),
        lambda one: Signed(one.body, one.key, "00" + one.signature[2:]),
        lambda one: Signed(one.body, one.key, "not hexadecimal"),
        lambda one: Signed(one.body, "", one.signature),
        lambda one: Signed(one.body, "../audit", one.signature),
    ],
)
def test_what_was_changed_is_not_trusted(tmp_path: Path, change) -> None:
    signer = FileSigner(tmp_path)

    assert signer.check(change(signer.sign(b"text"))) != ""


def test_another_machine_is_trusted_once_its_key_stands_beside_ours(tmp_path: Path) -> None:
    here, there = FileSigner(tmp_path / "here"), FileSigner(tmp_path / "there")
    signed = there.sign(b"text")
    before = here.check(signed)

    (tmp_path / "here" / "trusted").mkdir(parents=True)
    (tmp_path / "here" / "trusted" / f"{there.public}.pub").touch()

    assert "not trusted" in before
    assert here.check(signed) == ""


def test_a_damaged_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "master.key").write_bytes(b"short")

    with pytest.raises(ConfigurationError, match=r"master"):
        FileSigner(tmp_path).sign(b"text")


def checkpoint(organisation: str, sequence: int) -> Signed:
    made = Checkpoint(organisation=Organisation(organisation), sequence=sequence, hash=GENESIS.hex(), at_us=1)
    return Signed(body_of(made).decode(), "k", "s")


def test_the_last_checkpoint_of_each_organisation_is_kept(tmp_path: Path) -> None:
    anchors = FileAnchors(tmp_path)
    for name, sequence in (("acme", 1), ("acme", 2), ("../globex/é", 3)):
        anchors.keep(Organisation(name), checkpoint(name, sequence))

    assert FileAnchors(tmp_path).kept() == {
        "acme": checkpoint("acme", 2),
        "../globex/é": checkpoint("../globex/é", 3),
    }
    assert FileAnchors(tmp_path).last(Organisation("acme")) == checkpoint("acme", 2)
    assert FileAnchors(tmp_path).last(Organisation("initech")) is None
    assert {path.parent for path in tmp_path.rglob("*.json")} == {tmp_path / "last"}


def test_of_two_processes_the_one_that_comes_late_takes_nothing_back(tmp_path: Path) -> None:
    FileAnchors(tmp_path).keep(Organisation("acme"), checkpoint("acme", 9))

    FileAnchors(tmp_path).keep(Organisation("acme"), checkpoint("acme", 5))

    assert FileAnchors(tmp_path).last(Organisation("acme")) == checkpoint("acme", 9)


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    (tmp_path / "last").mkdir()
    (tmp_path / "last" / "x.json").write_text("{")

    with pytest.raises(ConfigurationError, match=r"x\.json"):
        FileAnchors(tmp_path).kept()
