from pathlib import Path

import pytest

from chariot.entrypoints.cli.files import write_atomically
from chariot.errors import InvalidError


def test_a_file_is_replaced_whole_and_nothing_stays_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text("old")

    write_atomically(file, "new")

    assert file.read_text() == "new"
    assert list(tmp_path.iterdir()) == [file]


def test_a_text_that_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text("old")

    with pytest.raises(UnicodeEncodeError):
        write_atomically(file, "\ud800")

    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("name", ["", "missing/report.html"])
def test_a_folder_and_a_missing_folder_are_refused_by_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidError, match="folder"):
        write_atomically(tmp_path / name, "text")
