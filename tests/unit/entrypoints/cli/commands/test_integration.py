"""`chariot integration` against the real application in a folder of the test."""

import json
from pathlib import Path

import pytest

from chariot.entrypoints.cli.main import main


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    def runs(*arguments: str) -> tuple[int, str, str]:
        code = main(["--home", str(tmp_path / "home"), *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return runs


def test_a_hook_is_added_with_a_key_shown_once_listed_and_removed(run) -> None:
    code, out, _ = run("integration", "add", "ci", "--type", "webhook-in", "--json")
    key = json.loads(out)["key"]
    _, listed, _ = run("integration", "list", "--json")
    removed, _, _ = run("integration", "remove", "ci")
    _, after, _ = run("integration", "list", "--json")

    assert (code, removed, json.loads(after)) == (0, 0, [])
    assert [one["label"] for one in json.loads(listed)] == ["ci"]
    assert key not in listed


def test_a_run_that_fails_says_why_and_ends_with_its_code(run) -> None:
    run("integration", "add", "nightly", "--type", "url", "--address", "http://127.0.0.1:9/scan.xml")

    code, out, _ = run("integration", "run", "nightly")

    assert (code, "not public" in out) == (4, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "x", "--type", "trello"),
        ("add", "x", "--type", "url", "--address", "nowhere"),
        ("add", "x", "--type", "webhook-in", "--option", "no-value"),
    ],
)
def test_what_is_wrong_is_one_sentence(run, arguments: tuple[str, ...]) -> None:
    code, _, err = run("integration", *arguments)

    assert (code, "Traceback" in err) == (2, False)


def test_the_types_are_listed(run) -> None:
    code, out, _ = run("integration", "types", "--json")

    assert code == 0
    assert [one["type"] for one in json.loads(out)] == [
        "jira", "github", "url", "webhook-in", "report", "scan"
    ]  # fmt: skip
