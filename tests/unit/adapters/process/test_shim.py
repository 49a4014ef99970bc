# ruff: noqa: ASYNC220, ASYNC110, ASYNC240 - processes and small files are what this is about

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from chariot.adapters.process import shim

PARENT = """
import os, subprocess, sys, time
subprocess.Popen([sys.executable, "-I", "-S", {shim!r}, str(os.getpid()), "1000", sys.executable, "-c",
    "import os, time; open({file!r}, 'w').write(str(os.getpid()) + chr(10)); time.sleep(600)"])
time.sleep(600)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent is gone")
async def test_a_program_ends_with_us_however_we_end(tmp_path) -> None:
    file = tmp_path / "child"
    parent = subprocess.Popen([sys.executable, "-c", PARENT.format(shim=shim.__file__, file=str(file))])
    while not (file.exists() and file.read_text().endswith("\n")):
        await asyncio.sleep(0.02)
    child = Path(f"/proc/{file.read_text().strip()}")
    parent.kill()
    parent.wait()

    for _ in range(1_000):
        if not child.exists() or (child / "stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the program outlived us")
