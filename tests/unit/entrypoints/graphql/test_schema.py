import subprocess
import sys
from pathlib import Path

from graphql import validate_schema

from chariot.entrypoints.graphql.schema import main, schema
from chariot.model.registry import KINDS

FILE = Path(__file__).parents[4] / "docs" / "reference" / "schema.graphql"


def test_the_schema_is_sound_and_knows_every_kind():
    assert validate_schema(schema()) == []
    assert {cls.__name__ for cls in KINDS.values()} <= set(schema().type_map)


def test_the_file_in_the_repository_is_current():
    assert main(["--check", str(FILE)]) == 0


def test_a_stale_file_is_told(tmp_path, capsys):
    stale = tmp_path / "schema.graphql"
    stale.write_text("type Query")

    assert main(["--check", str(stale)]) == 1
    assert "is stale" in capsys.readouterr().err


def test_a_server_that_nobody_asks_loads_nothing_of_it():
    code = "import sys, chariot.entrypoints.rest.app; sys.exit('graphql' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
