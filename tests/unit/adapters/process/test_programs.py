import asyncio
import os
import time
from pathlib import Path

import pytest

from chariot.adapters.process.programs import LocalPrograms
from chariot.capability import CannotRunError
from support.stand_ins import command, stand_in

PATIENCE_S = 60.0


@pytest.fixture
def programs() -> LocalPrograms:
    return LocalPrograms()


async def outcome(
    programs: LocalPrograms, folder: Path, program: str, *arguments: str, **options
) -> tuple[int, bytes]:
    async with programs.running(command(folder, program, *arguments, **options)) as running:
        told = await asyncio.to_thread(running.stdout.read)
        return await running.wait(), told


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


# ruff: noqa: ASYNC240 - one small file on a local disk


async def written(path: Path) -> str:
    """Return what a stand-in wrote into *path*, when it has."""
    for _ in range(int(PATIENCE_S / 0.02)):
        if path.exists() and path.read_text().endswith("\n"):
            return path.read_text()
        await asyncio.sleep(0.02)
    raise AssertionError(f"{path} was never written")


async def ended(process: int) -> bool:
    for _ in range(int(PATIENCE_S / 0.02)):
        if not is_alive(process):
            return True
        await asyncio.sleep(0.02)
    return False


async def test_arguments_reach_the_program_as_they_are(programs, tmp_path) -> None:
    program = stand_in(tmp_path, "tool", "import sys; print(sys.argv[1:], sys.stdin.read())")
    nasty = "; touch /tmp/x `id` $(id) 'a' \"b\" *"

    code, told = await outcome(programs, tmp_path, program, nasty, stdin=b"given")

    assert (code, told.decode().strip()) == (0, f"{[nasty]} given")


async def test_the_environment_is_scrubbed(programs, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("CHARIOT_TOKEN", "secret")
    monkeypatch.setenv("WANTED", "yes")
    program = stand_in(tmp_path, "tool", "import os; print(sorted(os.environ))")

    _, told = await outcome(programs, tmp_path, program)

    assert "CHARIOT_TOKEN" not in told.decode()
    assert "HOME" in told.decode()
    assert programs.environment(("WANTED",), tmp_path)["WANTED"] == "yes"
    assert programs.environment((), tmp_path)["HOME"] == str(tmp_path)
    assert programs.environment((), None)["HOME"] == os.environ["HOME"]


async def test_exit_code_and_last_complaint_are_told(programs, tmp_path) -> None:
    coloured = "\x1b[31mno licence\x1b[0m\n"
    body = f"import sys; sys.stderr.write('first\\n' + {coloured!r}); sys.exit(3)"
    program = stand_in(tmp_path, "tool", body)

    async with programs.running(command(tmp_path, program)) as running:
        assert await running.wait() == 3
        assert running.complaint() == "no licence"


async def test_what_is_no_program_cannot_be_started(programs, tmp_path) -> None:
    code, _ = await outcome(programs, tmp_path, str(tmp_path / "missing"))

    assert code != 0
    with pytest.raises(CannotRunError, match="cannot be started"):
        await outcome(programs, tmp_path / "no folder", "/bin/true")


async def test_a_program_that_writes_too_much_is_cut(programs, tmp_path) -> None:
    program = stand_in(tmp_path, "tool", "import sys\nwhile True: sys.stdout.write('x' * 10_000)")

    async with programs.running(command(tmp_path, program, output_bytes=50_000)) as running:
        told = await asyncio.to_thread(running.stdout.read)
        await running.wait()
        assert len(told) <= 50_000
        assert running.is_cut()


async def test_a_file_that_grows_without_end_is_cut(programs, tmp_path) -> None:
    program = stand_in(tmp_path, "tool", "f = open('output', 'w')\nwhile True: f.write('x' * 10_000)")

    async with programs.running(command(tmp_path, program, output_bytes=50_000)) as running:
        assert await running.wait() != 0
        assert running.is_cut()
    assert (tmp_path / "output").stat().st_size <= 50_000


CHILDREN = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open('stray', 'w').write(f'{os.getpid()}\\n')
        time.sleep(600)
    os._exit(0)
if os.fork() == 0:
    open('child', 'w').write(f'{os.getpid()}\\n')
    time.sleep(600)
time.sleep(600)
"""


async def test_all_that_a_program_started_ends_with_it(programs, tmp_path) -> None:
    """Also what ignores a polite end, and what left the process group."""
    program = stand_in(tmp_path, "tool", CHILDREN)

    async with programs.running(command(tmp_path, program)):
        processes = [int(await written(tmp_path / name)) for name in ("stray", "child")]
        started = time.monotonic()
    took_s = time.monotonic() - started

    assert [await ended(process) for process in processes] == [True, True]
    assert took_s < PATIENCE_S


async def test_a_reader_is_not_held_by_a_child_that_stays_behind(programs, tmp_path) -> None:
    program = stand_in(
        tmp_path,
        "tool",
        "import os, time\nif os.fork() == 0:\n    os.setsid(); time.sleep(600)\nprint('told')",
    )

    async with programs.running(command(tmp_path, program)) as running:
        reading = asyncio.create_task(asyncio.to_thread(running.stdout.read))
        await running.wait()
    assert await asyncio.wait_for(reading, PATIENCE_S) == b"told\n"


async def test_a_version_is_asked_once_for_each_file(programs, tmp_path) -> None:
    body = "import sys; open(%r, 'a').write('asked\\n'); print('\\x1b[1mtool v1.2.3-beta\\x1b[0m', file=sys.stderr)"
    program = stand_in(tmp_path, "tool", body % str(tmp_path / "log"))

    assert [await programs.version(program, ("--version",)) for _ in range(2)] == ["1.2.3-beta", "1.2.3-beta"]
    assert (tmp_path / "log").read_text() == "asked\n"
    assert await programs.version(program, ()) == ""


async def test_programs_are_found_on_the_path_alone(tmp_path) -> None:
    stand_in(tmp_path, "tool", "")
    programs = LocalPrograms(path=str(tmp_path))

    assert programs.find("tool") == str(tmp_path / "tool")
    assert programs.find("sh") is None


async def test_a_folder_is_ours_alone_and_goes(programs) -> None:
    async with programs.folder() as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "x").write_text("x")
    assert not folder.exists()
