import json
import socket
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


def test_an_alert_whose_receiver_is_away_holds_up_no_import(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHARIOT_WEBHOOK_NETWORKS", "127.0.0.0/8")
    with socket.socket() as nobody:
        # Bound and not listening: whoever connects is refused.
        nobody.bind(("127.0.0.1", 0))
        channel = f"http://127.0.0.1:{nobody.getsockname()[1]}/"
        named = ("--channel", channel, "--signing-key", "k" * 20, "--minimum-score", "1")
        chariot(tmp_path, "alert", "set", "all", *named)

        chariot(tmp_path, "import", str(results))

    (notify,) = [one for one in chariot(tmp_path, "queue", "list") if one["queue"] == "notify"]
    assert (notify["waiting"] + notify["delayed"], notify["dead"]) == (1, 0)


def test_what_is_taken_back_takes_its_consequences_along(results: Path, tmp_path: Path) -> None:
    (done,) = chariot(tmp_path, "import", str(results))

    chariot(tmp_path, "import", "undo", done["id"])

    assert chariot(tmp_path, "list", "risks")["items"] == []
    assert not any(one["waiting"] for one in chariot(tmp_path, "queue", "list") if one["queue"] == "assess")


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A bill of materials that says nothing about when it was written."""
    component = {"name": "lib", "version": "1.0.0", "purl": "pkg:npm/lib@1.0.0"}
    file = tmp_path / "bill.json"
    file.write_text(
        json.dumps(
            {
                "bomFormat": "CycloneDX",
                "specVersion": "1.6",
                "metadata": {"component": {"name": "shop"}},
                "components": [component],
            }
        )
    )
    return file


@pytest.fixture
def advisory(tmp_path: Path) -> Path:
    """An advisory about the library in it."""
    versions = {"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.2.3"}]}
    affected = [{"package": {"ecosystem": "npm", "name": "lib"}, "ranges": [versions]}]
    file = tmp_path / "GHSA-1.json"
    file.write_text(json.dumps({"id": "GHSA-1", "modified": "2026-01-01T00:00:00Z", "affected": affected}))
    return file


def state(tmp_path: Path) -> str:
    (risk,) = chariot(tmp_path, "list", "risks")["items"]
    return risk["entity"].get("state", "triage")


def test_a_remediated_risk_that_is_imported_again_is_open(
    library: Path, advisory: Path, tmp_path: Path
) -> None:
    chariot(tmp_path, "import", str(library))
    chariot(tmp_path, "intel", "load", str(advisory))
    chariot(tmp_path, "risk", "remediate", "#risk#file#shop#GHSA-1")
    remediated = state(tmp_path)

    chariot(tmp_path, "import", str(library))

    assert (remediated, state(tmp_path)) == ("remediated", "open")
