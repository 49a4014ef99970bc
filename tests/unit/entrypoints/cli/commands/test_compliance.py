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


PACK = """
name = "ours"
[[case]]
check = "port.telnet"
expect = "{expected}"
entities = [{{ kind = "port", address = "192.0.2.7", protocol = "tcp", number = 23 }}]
"""


def test_every_check_is_judged(run: Run, tmp_path: Path) -> None:
    ran = run("--json", "compliance", "check", "--html", str(tmp_path / "report.html"))

    assert ran.code == 0
    assert len(ran.json["findings"]) >= 40
    assert {one["verdict"] for one in ran.json["findings"]} <= {"pass", "fail", "cannot-tell"}
    assert (tmp_path / "report.html").read_text("utf-8").startswith("<!doctype html>")


def test_a_check_that_fails_can_end_a_pipeline(run: Run) -> None:
    assert run("compliance", "check", "--framework", "soc2", "--failing").code == 1


def test_a_framework_that_is_not_known_is_told_which_there_are(run: Run) -> None:
    ran = run("compliance", "check", "--framework", "pci")

    assert ran.code != 0
    assert "iso27001" in ran.err


@pytest.mark.parametrize(("expected", "code"), [("fail", 0), ("pass", 1)])
def test_the_cases_of_a_repository_are_tried(run: Run, tmp_path: Path, expected: str, code: int) -> None:
    (tmp_path / "ours.toml").write_text(PACK.format(expected=expected), encoding="utf-8")

    ran = run("--json", "compliance", "test", str(tmp_path))

    assert ran.code == code
    assert [(one["check"], one["judged"]) for one in ran.json] == [("port.telnet", "fail")]


def test_a_folder_without_packs_is_told(run: Run, tmp_path: Path) -> None:
    ran = run("compliance", "test", str(tmp_path))

    assert ran.code != 0
    assert "no pack" in ran.err
