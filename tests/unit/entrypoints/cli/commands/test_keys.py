from pathlib import Path
from typing import Any

import pytest

from chariot.bootstrap import open_application
from chariot.entrypoints.cli.invocation import Invocation
from chariot.entrypoints.cli.main import main
from chariot.entrypoints.cli.terminal import Output

from ..conftest import ACME, Ran, Run  # noqa: TID252 - a test package has no other name


@pytest.fixture
def run_for_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run commands as the product wires them, for no organisation in particular."""

    def runs(*arguments: str) -> Ran:
        invocation = Invocation(opener=open_application, output=Output())
        code = main(["--home", str(tmp_path / "home"), *arguments], invocation)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return runs


@pytest.fixture
def run(run_for_all: Run) -> Run:
    """Run commands for one organisation."""
    return lambda *arguments: run_for_all("--organisation", ACME, *arguments)


def a_secret(run: Run) -> None:
    assert run("alert", "set", "urgent", "--channel", "https://hooks.example.com/x").code == 0


def versions(status: dict[str, Any]) -> list[int]:
    return [one["version"] for one in status["organisations"] if one["organisation"] == ACME]


def made(run: Run) -> set[str]:
    """Return when the keys of the organisation were made."""
    found = run("--json", "keys", "status").json["organisations"]
    return {one["made_at"] for one in found if one["organisation"] == ACME}


def test_before_the_first_secret_there_are_no_keys(run: Run) -> None:
    assert run("--json", "keys", "status").json == {"masters": [], "organisations": [], "outdated": 0}


def test_keys_are_changed_and_what_was_sealed_is_sealed_anew(run: Run, run_for_all: Run) -> None:
    a_secret(run)
    first = run("--json", "keys", "status").json["masters"][0]["id"]

    assert run("--json", "keys", "rotate").json == {"version": 2}
    assert run("--json", "keys", "reseal").json == {"resealed": 1}
    new = run("--json", "keys", "rotate", "--master").json["master"]
    assert run("--json", "keys", "rewrap").json == {"rewrapped": 0}
    status = run("--json", "keys", "status").json

    assert {one["master"] for one in status["organisations"]} == {new} != {first}
    assert versions(status) == [1, 2]
    # What the log of the installation calls people is sealed as well.
    assert run_for_all("keys", "reseal").code == 0
    assert run("keys", "retire", first).code == 0
    assert run("--json", "keys", "reseal").json == {"resealed": 0}


def test_the_current_master_key_is_not_given_up(run: Run) -> None:
    a_secret(run)
    current = run("--json", "keys", "status").json["masters"][0]["id"]

    ran = run("keys", "retire", current)

    assert ran.code != 0
    assert "still wraps" in ran.err


def test_keys_are_destroyed_for_good(run: Run) -> None:
    a_secret(run)
    before = made(run)

    assert run("--json", "keys", "shred", "--yes").json == {"destroyed": 1}
    # That it was done stands in the log, by somebody whose name there is sealed with another key.
    assert not before & made(run)


def test_without_an_organisation_all_are_sealed_anew_and_the_older_master_key_is_given_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> Ran:
        code = main(
            ["--home", str(tmp_path / "home"), "--json", *arguments],
            Invocation(opener=open_application, output=Output()),
        )
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    assert (
        run("--organisation", "acme", "alert", "set", "a", "--channel", "https://hooks.example.com/x").code
        == 0
    )
    assert (
        run("--organisation", "globex", "alert", "set", "a", "--channel", "https://hooks.example.com/y").code
        == 0
    )
    first = run("keys", "status").json["masters"][0]["id"]
    run("keys", "rotate", "--master")

    assert run("keys", "retire", first).code != 0
    assert run("keys", "reseal").code == 0
    assert run("keys", "retire", first).code == 0
    assert run("audit", "verify").code == 0
