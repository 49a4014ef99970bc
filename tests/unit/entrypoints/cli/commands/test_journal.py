"""`chariot journal`, with the real application in a folder of its own."""

import json
from pathlib import Path
from typing import Any

import pytest

from chariot.entrypoints.cli.main import main


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.setenv("CHARIOT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CHARIOT_PORTS", "9")
    monkeypatch.setenv("CHARIOT_RESOLVER", "127.0.0.1:9")

    def command(*words: str, code: int = 0) -> Any:
        assert main(["--json", *words]) == code, capsys.readouterr()
        return json.loads(capsys.readouterr().out)

    return command


@pytest.fixture
def scanned(run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Something was sent to 127.9.0.5."""
    main(["scan", "127.9.0.5"])
    capsys.readouterr()


def test_what_is_sent_stands_in_the_journal_and_in_its_exports(
    run: Any, scanned: None, tmp_path: Path
) -> None:
    run("journal", "verify")
    lines = run("journal", "list", "--for", "127.9.0.5")

    assert {line["what"] for line in lines} >= {"tcp"}
    assert all("belongs to the seed 127.9.0.5/32" in line["authority"] for line in lines)
    file = tmp_path / "sent.jsonl"
    exported = run("journal", "export", "--for", "127.9.0.0/24", "--to", str(file))
    sent = file.read_text().splitlines()
    assert exported["lines"] == len(sent) - 1 == len(lines)

    found = run(
        "--home", str(tmp_path / "elsewhere"), "journal", "verify", str(file), "--key", exported["key"]
    )
    assert (found["lines"], found["fault"], found["seal"]["place"]) == (len(lines), "", "127.9.0.0/24")
    assert run("journal", "verify", str(file))["fault"] == ""


def test_an_export_that_was_changed_or_that_nobody_trusted_signed_does_not_hold(
    run: Any, scanned: None, tmp_path: Path
) -> None:
    file = tmp_path / "sent.jsonl"
    run("journal", "export", "--to", str(file))

    assert "not trusted" in run("journal", "verify", str(file), "--key", "00" * 32, code=1)["fault"]
    assert (
        "not trusted"
        in run("--home", str(tmp_path / "elsewhere"), "journal", "verify", str(file), code=1)["fault"]
    )
    file.write_text(file.read_text().replace('"127.9.0.5"', '"127.9.0.6"', 1))
    assert "line 1 of the file" in run("journal", "verify", str(file), code=1)["fault"]


def test_what_cannot_be_written_or_read_is_told(
    run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["journal", "export", "--to", str(tmp_path / "nowhere" / "sent.jsonl")]) == 2
    assert main(["journal", "export", "--for", "example.com", "--to", str(tmp_path / "sent.jsonl")]) == 2
    assert main(["journal", "verify", str(tmp_path / "sent.jsonl")]) == 2
    assert main(["journal", "verify", "--key", "00" * 32]) == 2

    assert "its folder is not there" in capsys.readouterr().err
