"""How soon a person gets an answer: the help, and the first answer of a server started cold."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from benchmarks.rows import row

_RUNS = 9
_HELP_AIM_MS = 200
_COLD_AIM_S = 3.0
_PATIENCE_S = 30.0


def run(rows: list[dict[str, Any]]) -> None:
    """Add the median of the help and of the cold start."""
    python_ms = _median([_timed([sys.executable, "-c", "pass"]) for _ in range(_RUNS)])
    _timed([sys.executable, "-m", "chariot", "--help"])  # The first run writes the bytecode.
    help_ms = _median([_timed([sys.executable, "-m", "chariot", "--help"]) for _ in range(_RUNS)])
    cold_s = _median([_cold_start_s() for _ in range(3)])
    rows += [
        row("chariot --help, median", round(help_ms), "ms", reference=round(python_ms),
            ratio=round(help_ms / python_ms, 1), aim="< 200 ms", met=help_ms < _HELP_AIM_MS),
        row("cold start of a new data folder to the first API answer, median", round(cold_s, 2), "s",
            aim="< 3 s", met=cold_s < _COLD_AIM_S),
    ]  # fmt: skip


def _timed(command: list[str]) -> float:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return (time.perf_counter() - began) * 1_000


def _cold_start_s() -> float:
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "chariot", "--home", folder, "serve", "--port", str(port)],
            stdout=subprocess.DEVNULL,
        )
        try:
            while not _answers(Path(folder), port):
                if process.poll() is not None or time.perf_counter() - began > _PATIENCE_S:
                    raise AssertionError("the server did not start")
                time.sleep(0.01)
            return time.perf_counter() - began
        finally:
            process.terminate()
            process.wait()


def _answers(home: Path, port: int) -> bool:
    try:
        token = (home / "api-token").read_text().strip()
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/api/v1/risks", headers={"Authorization": f"Bearer {token}"}
        )
        with urllib.request.urlopen(request, timeout=1) as answer:
            return bool(json.load(answer)["data"] == [])
    except (OSError, urllib.error.URLError):
        return False


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]
