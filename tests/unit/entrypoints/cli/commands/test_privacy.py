import getpass
import json
import stat
from pathlib import Path

import pytest

from chariot.bootstrap import open_application
from chariot.entrypoints.cli.invocation import Invocation
from chariot.entrypoints.cli.main import main
from chariot.entrypoints.cli.terminal import Output

from ..conftest import ACME, Ran, Run  # noqa: TID252 - a test package has no other name


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run commands as the product wires them."""

    def runs(*arguments: str) -> Ran:
        invocation = Invocation(opener=open_application, output=Output())
        code = main(["--home", str(tmp_path / "home"), "--organisation", ACME, *arguments], invocation)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return runs


ME = f"cli:{getpass.getuser()}"


def acted(run: Run) -> None:
    assert run("alert", "set", "urgent", "--channel", "https://hooks.example.com/x").code == 0


def test_what_somebody_did_is_exported_for_them_alone_to_read(run: Run, tmp_path: Path) -> None:
    acted(run)
    out = tmp_path / "me.json"

    ran = run("privacy", "export", ME, "--out", str(out))

    assert ran.code == 0
    assert [one["key"] for one in json.loads(out.read_text("utf-8"))["actions"]] == ["#alertrule#urgent"]
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_an_export_replaces_no_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "me.json").write_text("mine", encoding="utf-8")

    assert run("privacy", "export", ME, "--out", str(tmp_path / "me.json")).code != 0
    assert (tmp_path / "me.json").read_text("utf-8") == "mine"


def test_after_an_erasure_nothing_is_found(run: Run) -> None:
    acted(run)

    done = run("--json", "privacy", "erase", ME, "--why", "asked", "--yes").json

    assert done["rows"] == 1
    assert json.loads(run("privacy", "export", ME).out)["actions"] == []


def test_a_reason_that_names_the_person_is_refused_in_a_sentence(run: Run) -> None:
    ran = run("privacy", "erase", "ann", "--why", "ann asked", "--yes")

    assert ran.code != 0
    assert "may not name the person" in ran.err
