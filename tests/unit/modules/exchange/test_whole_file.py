from pathlib import Path

import pytest

from chariot.errors import ConfigurationError, InvalidError
from chariot.modules.exchange.whole_file import whole_file


def test_the_old_file_is_there_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    with whole_file(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_text() == "old"

    assert path.read_text() == "new"


def test_what_fails_on_the_way_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError), whole_file(tmp_path / "a.txt") as file:
        file.write(b"half" + "\ud800".encode())

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", "missing/a.txt"])
def test_a_folder_and_a_missing_folder_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidError, match="folder"), whole_file(tmp_path / name):
        pass


def test_a_name_that_no_file_can_have_is_said(tmp_path: Path) -> None:
    with (
        pytest.raises(ConfigurationError, match=r"cannot write .*: File name too long"),
        whole_file(tmp_path / ("a" * 300)),
    ):
        pass
