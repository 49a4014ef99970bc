from pathlib import Path

import pytest

from chariot.entrypoints.cli.commands.backup import PASSPHRASE_VARIABLE

from ..conftest import Run  # noqa: TID252 - a test package has no other name

WORDS = "correct horse battery staple"


@pytest.fixture
def filled(run: Run) -> Run:
    assert run("migrate").code == 0
    return run


def test_a_backup_says_what_it_holds_and_where_its_key_is(filled: Run, tmp_path: Path) -> None:
    ran = filled("backup", str(tmp_path / "a.backup"))

    assert ran.code == 0
    assert "backed up" in ran.out
    assert "backup.key" in ran.err


def test_the_key_is_made_once(filled: Run, tmp_path: Path) -> None:
    filled("backup", str(tmp_path / "a.backup"))

    assert filled("backup", str(tmp_path / "b.backup")).err == ""
    assert filled("restore", "--verify", str(tmp_path / "a.backup")).code == 0


def test_a_backup_as_json(filled: Run, tmp_path: Path) -> None:
    ran = filled("--json", "backup", str(tmp_path / "a.backup"))

    assert ran.json["manifest"]["engine"] == "sqlite"
    assert [part["name"] for part in ran.json["manifest"]["parts"]] == ["chariot.db"]


def test_neither_a_backup_nor_data_is_replaced_by_accident(filled: Run, tmp_path: Path) -> None:
    path = str(tmp_path / "a.backup")
    filled("backup", path)

    assert filled("backup", path).code == 2
    assert filled("restore", path).code == 2
    assert filled("backup", path, "--force").code == 0
    assert filled("restore", path, "--force").code == 0


def test_a_passphrase_takes_the_place_of_a_key_file(
    filled: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "a.backup")
    monkeypatch.setenv(PASSPHRASE_VARIABLE, WORDS)
    made = filled("backup", path)
    right = filled("restore", "--verify", path)
    monkeypatch.setenv(PASSPHRASE_VARIABLE, WORDS + "!")
    wrong = filled("restore", "--verify", path)

    assert (made.code, right.code, wrong.code) == (0, 0, 2)
    assert not (tmp_path / "home" / "backup.key").exists()


def test_a_key_file_and_a_passphrase_at_once_are_wrong_usage(filled: Run, tmp_path: Path) -> None:
    assert filled("backup", str(tmp_path / "a"), "--passphrase", "--key-file", str(tmp_path / "k")).code == 2


def test_a_missing_key_is_one_sentence(filled: Run, tmp_path: Path) -> None:
    ran = filled("restore", str(tmp_path / "a.backup"))

    assert ran.code == 5
    assert "backup.key" in ran.err


@pytest.mark.parametrize("span", ["1s", "yesterday", "0m"])
def test_a_span_that_is_none_is_refused(filled: Run, tmp_path: Path, span: str) -> None:
    assert filled("backup", str(tmp_path / "a"), "--every", span).code == 2


@pytest.mark.parametrize(
    ("arguments", "said"), [(("folder",), "say how often"), (("file", "--every", "2m"), "name a folder")]
)
def test_a_file_and_a_folder_are_told_apart_before_a_key_is_made(
    filled: Run, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    name, *rest = arguments

    ran = filled("backup", str(tmp_path / name), *rest)

    assert ran.code == 2
    assert said in ran.err
    assert "key" not in ran.err
