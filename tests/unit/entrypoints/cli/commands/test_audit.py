import json
from pathlib import Path

import apsw

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
