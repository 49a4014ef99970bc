from pathlib import Path

import pytest

from chariot.adapters.sqlite.migrations import MIGRATIONS
from chariot.adapters.sqlite.schema import Schema, move_schema, schema_of
from chariot.errors import ConfigurationError

NEWEST = len(MIGRATIONS)


def test_a_file_that_is_not_there_has_no_schema_and_is_not_made(tmp_path: Path) -> None:
    assert schema_of(tmp_path / "none.db") == Schema(0, NEWEST)
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize("to", [*range(NEWEST + 1), None])
def test_the_schema_moves_where_it_is_told(tmp_path: Path, to: int | None) -> None:
    path = tmp_path / "chariot.db"
    move_schema(path)

    reached = move_schema(path, to)

    assert schema_of(path) == Schema(reached, NEWEST)
    assert reached == (NEWEST if to is None else to)


def test_a_step_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=f"no schema {NEWEST + 1}"):
        move_schema(tmp_path / "chariot.db", NEWEST + 1)


@pytest.mark.parametrize("look", [schema_of, move_schema])
def test_a_file_that_is_no_database_is_told(tmp_path: Path, look) -> None:
    path = tmp_path / "chariot.db"
    path.write_bytes(b"not a database, but long enough to be taken for one" * 50)

    with pytest.raises(ConfigurationError, match="not a Chariot database"):
        look(path)
