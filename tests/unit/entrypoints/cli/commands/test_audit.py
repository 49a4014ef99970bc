import json
from pathlib import Path

import apsw
import pytest

from chariot.bootstrap import open_application
from chariot.entrypoints.cli.invocation import Invocation
from chariot.entrypoints.cli.main import main
from chariot.entrypoints.cli.terminal import Output

from ..conftest import Ran, Run  # noqa: TID252 - a test package has no other name


def entries(run: Run, *options: str) -> list[dict[str, object]]:
    items: list[dict[str, object]] = run("audit", "list", "--json", *options).json["items"]
    return items


def test_every_command_is_an_entry_with_who_ran_it(run: Run) -> None:
    run("list", "risks")

    (found,) = entries(run, "--action", "command:list")

    assert str(found["actor"]).startswith("cli")
    assert found["ending"] == "allowed"


def test_a_log_that_nobody_touched_holds_also_against_a_checkpoint(run: Run, tmp_path: Path) -> None:
    run("list", "risks")
    file = tmp_path / "checkpoint.json"
    run("audit", "checkpoint", "--out", str(file))

    ran = run("audit", "verify", "--against", str(file))

    assert ran.code == 0
    assert "acme: holds" in ran.out


def test_what_was_changed_by_hand_is_named_and_ends_with_its_own_code(run: Run, tmp_path: Path) -> None:
    run("list", "risks")
    run("list", "ports")
    with apsw.Connection(str(tmp_path / "home" / "chariot.db")) as connection:
        connection.execute("DROP TRIGGER audit_entry_stays")
        connection.execute("UPDATE audit_entry SET actor = 'somebody' WHERE sequence = 2")

    ran: Ran = run("audit", "verify")

    assert ran.code == 1
    assert "entry 2: was changed" in ran.out


def test_the_export_ends_with_the_signed_head(run: Run, tmp_path: Path) -> None:
    run("list", "risks")
    file = tmp_path / "audit.jsonl"

    assert run("audit", "export", str(file)).code == 0

    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["type"] for line in lines[:1]] == ["entry"]
    assert lines[-1]["type"] == "head"
    assert lines[-1]["signature"]


def test_a_file_that_is_no_checkpoint_is_refused(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    file.write_text("{}")

    ran = run("audit", "verify", "--against", str(file))

    assert ran.code == 2
    assert "holds no checkpoint" in ran.err


@pytest.fixture
def wired(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run commands as the product wires them, in a data folder of their own unless they name one."""

    def runs(*arguments: str) -> Ran:
        invocation = Invocation(opener=open_application, output=Output())
        home = () if "--home" in arguments else ("--home", str(tmp_path / "wired"))
        code = main([*home, *arguments], invocation)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return runs


def test_an_export_is_verified_elsewhere_with_the_public_key(wired: Run, tmp_path: Path) -> None:
    wired("list", "risks")
    file = tmp_path / "audit.jsonl"
    wired("audit", "export", str(file))
    key = wired("audit", "key").out.strip()

    assert (
        wired(
            "--home", str(tmp_path / "elsewhere"), "audit", "verify", "--file", str(file), "--key", key
        ).code
        == 0
    )
    assert wired("audit", "verify", "--file", str(file)).code == 0
    assert wired("audit", "verify", "--file", str(file), "--key", "00" * 32).code == 1
    assert wired("audit", "verify", "--key", key).code == 2


def test_a_changed_export_is_named_and_ends_with_its_own_code(wired: Run, tmp_path: Path) -> None:
    wired("list", "risks")
    file = tmp_path / "audit.jsonl"
    wired("audit", "export", str(file))
    file.write_text(file.read_text().replace("command:list", "command:look"))

    ran = wired("audit", "verify", "--file", str(file))

    assert ran.code == 1
    assert "entry 1: was changed" in ran.out
