from pathlib import Path

import pytest

from chariot.entrypoints.cli.alive import touch
from chariot.errors import ConfigurationError


def test_a_touched_file_is_new(tmp_path: Path) -> None:
    file = tmp_path / "alive"
    touch(file)
    first = file.stat().st_mtime_ns
    touch(file)

    assert file.stat().st_mtime_ns >= first


def test_without_a_file_nothing_happens() -> None:
    touch(None)


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="alive"):
        touch(tmp_path / "nowhere" / "alive")
