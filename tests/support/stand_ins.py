"""Small programs that stand in for real tools: the tests write them, and run them as what they are."""

import stat
import sys
from pathlib import Path

from chariot.adapters.process.programs import LocalPrograms
from chariot.modules.discovery.tools.ports import Command


def stand_in(folder: Path, name: str, body: str) -> str:
    """Write an executable Python program and return its path."""
    path = folder / name
    path.write_text(f"#!{sys.executable} -S\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def command(
    folder: Path, program: str, *arguments: str, stdin: bytes = b"", output_bytes: int = 100_000
) -> Command:
    """Return the command that runs *program* in *folder*."""
    return Command(
        program=program,
        arguments=arguments,
        folder=folder,
        environment=LocalPrograms().environment((), folder),
        stdin=stdin,
        output_bytes=output_bytes,
    )
