"""A server that speaks Bolt and openCypher: the one of `CHARIOT_TEST_BOLT_URL`, or a private ArcadeDB on loopback."""

import os
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from support.ports import free_port

ENVIRONMENT_URL = os.environ.get("CHARIOT_TEST_BOLT_URL", "")
_STARTS_WITHIN_S = 180.0
_MAIN = """
import sys
import arcadedb_embedded
from arcadedb_embedded.jvm import start_jvm

start_jvm(heap_size="512m")
folder, password, bolt, http = sys.argv[1:]
server = arcadedb_embedded.create_server(
    folder,
    password,
    config={
        "host": "127.0.0.1",
        "http_port": int(http),
        "server_plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
        "bolt_port": int(bolt),
        "mode": "production",
    },
)
server.start()
server.create_database("chariot")
print("ready", flush=True)
sys.stdin.read()
"""


class BoltServer:
    """A private server with its data in a folder that goes with it."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="bolt-")
        self._password = secrets.token_hex(16)
        self._bolt, self._http = free_port(), free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is, with its user, password and database."""
        return f"bolt://root:{self._password}@127.0.0.1:{self._bolt}/chariot"

    def start(self) -> "BoltServer":
        """Start it, and wait until it answers."""
        log = Path(self._folder.name) / "server.log"
        command = [sys.executable, "-c", _MAIN, self._folder.name, self._password]
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [*command, str(self._bolt), str(self._http)],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                cwd=self._folder.name,
            )
        ends_at = time.monotonic() + _STARTS_WITHIN_S
        while b"ready" not in log.read_bytes():
            if self._process.poll() is not None or time.monotonic() > ends_at:
                said = log.read_text()[-2_000:]
                self.stop()
                raise RuntimeError(f"the Bolt server did not start: {said}")
            time.sleep(0.1)
        return self

    def stop(self) -> None:
        """End it and forget its data."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
        self._folder.cleanup()
