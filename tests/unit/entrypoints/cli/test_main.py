import os
import subprocess
import sys
from pathlib import Path

import pytest

from chariot.entrypoints.cli.main import COMMANDS, cli, main
from chariot.errors import BusyError, ChariotError, ConfigurationError, NotFoundError

from .conftest import Run

HEAVY = ("rich", "litestar", "aiohttp", "apsw", "asyncio", "msgspec", "jinja2", "granian", "lxml", "dns")


def test_help_names_every_command_and_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--help"])

    shown = capsys.readouterr().out
    assert code == 0
    assert all(f"\n  {name} " in shown for name in COMMANDS)
    assert "130" in shown


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys; from chariot.entrypoints.cli.main import main; main(['--help']);"
        f"sys.exit(','.join(name for name in {HEAVY!r} if name in sys.modules) or None)"
    )

    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_loads_and_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    assert "Usage: chariot " + name in capsys.readouterr().out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_named_as_the_table_says(name: str) -> None:
    command = cli.get_command(cli.make_context("chariot", ["--help"], resilient_parsing=True), name)

    assert command is not None
    assert command.name == name


def test_an_unknown_command_is_wrong_usage(run: Run) -> None:
    ran = run("frobnicate")

    assert ran.code == 2
    assert "No such command" in ran.err


@pytest.mark.parametrize(
    ("error", "code"),
    [(NotFoundError("nothing"), 3), (BusyError("full"), 4), (ConfigurationError("wrong"), 5)],
)
def test_an_error_is_one_sentence_and_its_exit_code(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: ChariotError, code: int
) -> None:
    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr("chariot.entrypoints.cli.invocation.Invocation.settings", refuse)

    ran = run("list", "risks")

    assert (ran.code, ran.err) == (code, f"chariot: {error}\n")


HAS_FULL_DISK = pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="this system has no disk that is always full"
)


@HAS_FULL_DISK
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["fingerprints", "list"], 4, "chariot: cannot write to standard output: No space left on device\n"),
        (["--help"], 5, "chariot: the system refuses: [Errno 28] No space left on device\n"),
    ],
)
def test_a_full_disk_behind_the_output_is_one_sentence(
    tmp_path: Path, arguments: list[str], code: int, said: str
) -> None:
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "chariot", "--home", str(tmp_path), *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert (ran.returncode, ran.stderr) == (code, said)


def test_when_nobody_reads_on_it_is_an_interruption(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)

    ran = subprocess.run(
        [sys.executable, "-m", "chariot", "--home", str(tmp_path), "fingerprints", "list"],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )

    os.close(writing)
    assert (ran.returncode, ran.stderr) == (130, "")


def test_an_output_that_the_shell_closed_takes_everything(tmp_path: Path) -> None:
    command = f'"{sys.executable}" -m chariot --home "{tmp_path}" fingerprints list >&- 2>&-'

    ran = subprocess.run(["sh", "-c", command], check=False)

    assert ran.returncode == 0


def test_a_terminal_without_utf_8_is_shown_escapes() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "chariot", "--help"],
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        check=False,
    )

    assert (ran.returncode, ran.stderr) == (0, b"")
    assert b"jobs\\u2026" in ran.stdout


def test_a_setting_that_is_wrong_is_named(run: Run, tmp_path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("colour = 'blue'\n")

    ran = run("--config", str(file), "list", "risks")

    assert ran.code == 5
    assert "colour" in ran.err
    assert "Traceback" not in ran.err


def test_a_global_option_works_before_and_after_the_command(scanned: Run) -> None:
    assert scanned("--json", "list", "domains").json == scanned("list", "domains", "--json").json


def test_the_version_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("chariot, version ")


def test_a_command_finds_its_settings_without_help(
    tmp_path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CHARIOT_RESOLVER", "nonsense")

    code = main(["doctor", "--home", str(tmp_path)])

    assert code in (0, 5)
    assert str(tmp_path) in capsys.readouterr().out
