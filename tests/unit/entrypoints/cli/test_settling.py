import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from chariot.entrypoints.cli.main import cli

FINDING = {
    "template-id": "open-relay",
    "info": {"name": "Open relay", "severity": "high"},
    "type": "http",
    "host": "https://www.example.com",
    "matched-at": "https://www.example.com/",
    "timestamp": "2026-01-01T00:00:00Z",
}


@pytest.fixture
def results(tmp_path: Path) -> Path:
    file = tmp_path / "nuclei.jsonl"
    file.write_text(json.dumps(FINDING) + "\n")
    return file


def chariot(tmp_path: Path, *words: str):
    ran = CliRunner().invoke(cli, ["--home", str(tmp_path / "home"), "--json", *words])
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout)


def test_what_was_imported_is_scored_and_no_target_is_looked_at(results: Path, tmp_path: Path) -> None:
    chariot(tmp_path, "import", str(results))

    (risk,) = chariot(tmp_path, "list", "risks")["items"]
    assert risk["entity"]["score"] > 0
    assert chariot(tmp_path, "list", "jobs")["items"] == []


def test_a_preview_scores_nothing(results: Path, tmp_path: Path) -> None:
    chariot(tmp_path, "import", str(results), "--dry-run")

    assert chariot(tmp_path, "list", "risks")["items"] == []
