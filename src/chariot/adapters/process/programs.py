"""External programs on this machine. See `chariot.modules.discovery.tools.ports.Programs`."""

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from io import BufferedReader
from pathlib import Path
from typing import Final

import structlog

from chariot.adapters.process.output import Output
from chariot.adapters.process.proxy import guarded_proxy
from chariot.adapters.process.strays import end_strays
from chariot.adapters.process.versions import plain, version_in, version_of_module
from chariot.capability import CannotRunError, Network
from chariot.modules.discovery.tools.ports import Command

_log = structlog.get_logger(__name__)

MARK: Final = "CHARIOT_RUN"
"""The variable by which the processes of one run are known, also those that left its process group."""
_SHIM: Final = str(Path(__file__).with_name("shim.py"))
_GRACE_S: Final = 0.3
"""How long a program may take to end by itself when it is told to."""
_REAPED_S: Final = 5.0
"""How long the system may take to end what was killed; a process that waits for a broken disk takes for ever."""
_LOOK_S: Final = 0.02
_VERSION_S: Final = 60.0
"""How long a program may take to tell its version: testssl.sh first tries what it can do, for ten seconds or more."""
_VERSION_BYTES: Final = 65_536
_COMPLAINT_BYTES: Final = 4_096
_COMPLAINT_LIMIT: Final = 300


class LocalPrograms:
    """See `Programs`."""

    def __init__(self, *, path: str | None = None) -> None:
        """*path* is where programs are looked for; by default the PATH of this process."""
        self._path = path if path is not None else os.environ.get("PATH", os.defpath)
        self._versions: dict[tuple[str, int, tuple[str, ...]], str] = {}

    def find(self, name: str) -> str | None:
        """See `Programs.find`."""
        found = shutil.which(name, path=self._path)
        return str(Path(found).absolute()) if found else None

    def environment(self, passed: tuple[str, ...], home: Path | None) -> dict[str, str]:
        """See `Programs.environment`."""
        wanted = (*passed, "HOME") if home is None else passed
        kept = {name: os.environ[name] for name in wanted if name in os.environ}
        plain = {"PATH": self._path, "LANG": "C.UTF-8", "TERM": "dumb", "NO_COLOR": "1"}
        return {**plain, **kept, **({"HOME": str(home), "TMPDIR": str(home)} if home is not None else {})}

    async def version(self, path: str, arguments: tuple[str, ...]) -> str:
        """See `Programs.version`."""
        if not arguments:
            return ""
        # A program that was replaced has another time: then it is asked again.
        asked = (path, os.stat(path).st_mtime_ns, arguments)  # noqa: PTH116 - one look at a local file
        if asked not in self._versions:
            self._versions[asked] = await self._ask_version(path, arguments)
        return self._versions[asked]

    async def _ask_version(self, path: str, arguments: tuple[str, ...]) -> str:
        async with self.folder() as folder:
            command = Command(
                program=path,
                arguments=arguments,
                folder=folder,
                environment=self.environment((), folder),
                output_bytes=_VERSION_BYTES,
            )
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_VERSION_S), self.running(command) as running:
                    told = await asyncio.to_thread(running.stdout.read, _VERSION_BYTES)
                    await running.wait()
                    # Many programs tell their version to the standard error.
                    found = version_in(told + running.errors())
                    return found or await asyncio.to_thread(version_of_module, Path(path))
        return ""

    @asynccontextmanager
    async def folder(self) -> AsyncIterator[Path]:
        """See `Programs.folder`."""
        made = Path(tempfile.mkdtemp(prefix="chariot-tool-"))
        try:
            yield made
        finally:
            await asyncio.to_thread(shutil.rmtree, made, ignore_errors=True)

    @asynccontextmanager
    async def running(self, command: Command) -> AsyncIterator["LocalProgram"]:
        """See `Programs.running`."""
        program = LocalProgram(command)
        try:
            yield program
        finally:
            await program.end()

    def proxy(self, network: Network) -> AbstractAsyncContextManager[str]:
        """See `Programs.proxy`."""
        return guarded_proxy(network)


class LocalProgram:
    """See `RunningProgram`."""

    def __init__(self, command: Command) -> None:
        """Start it.

        Raises:
            CannotRunError: it cannot be started.
        """
        self._mark = secrets.token_hex(16)
        self._folder, self._limit = command.folder, command.output_bytes
        self._errors = command.folder / ".errors"
        reading, writing = os.pipe()
        self._output = Output(reading, command.output_bytes)
        self.stdout: BufferedReader = BufferedReader(self._output)
        arguments = [str(os.getpid()), str(command.output_bytes), command.program, *command.arguments]
        try:
            stdin = command.folder / ".input"
            stdin.write_bytes(command.stdin)
            with stdin.open("rb") as given, self._errors.open("wb") as errors:
                # The interpreter is told to read neither our environment nor files of the folder it starts in.
                self._process = subprocess.Popen(  # noqa: S603 - argument lists, checked by the declarations
                    [sys.executable, "-I", "-S", _SHIM, *arguments],
                    stdin=given,
                    stdout=writing,
                    stderr=errors,
                    cwd=command.folder,
                    env={**command.environment, MARK: self._mark},
                    start_new_session=True,
                    close_fds=True,
                )
        except (OSError, ValueError) as error:
            self._output.finish()
            reason = getattr(error, "strerror", None) or str(error)
            raise CannotRunError(f"{Path(command.program).name} cannot be started: {reason}") from error
        finally:
            os.close(writing)

    async def wait(self) -> int:
        """See `RunningProgram.wait`."""
        while (code := self._process.poll()) is None:
            if self._output.is_cut:
                await self.end()
            await asyncio.sleep(_LOOK_S)
        return code

    def is_cut(self) -> bool:
        """See `RunningProgram.is_cut`."""
        if self._output.is_cut or self._process.returncode == -signal.SIGXFSZ:
            return True
        # A program that ignores the signal fails to write, in whichever way it sees fit; its file is full then.
        with contextlib.suppress(OSError), os.scandir(self._folder) as entries:
            return any(entry.stat().st_size >= self._limit for entry in entries)
        return False

    def errors(self) -> bytes:
        """Return the end of what it wrote to its standard error."""
        with contextlib.suppress(OSError), self._errors.open("rb") as file:
            file.seek(max(0, self._errors.stat().st_size - _COMPLAINT_BYTES))
            return file.read(_COMPLAINT_BYTES)
        return b""

    def complaint(self) -> str:
        """See `RunningProgram.complaint`."""
        lines = [line.strip() for line in plain(self.errors()).splitlines() if line.strip()]
        return lines[-1].decode("utf-8", "replace")[:_COMPLAINT_LIMIT] if lines else ""

    async def end(self) -> None:
        """End it with every process that it started: politely, and after a moment by force."""
        self._output.finish()
        if self._process.poll() is None:
            self._signal(signal.SIGTERM)
            await self._gone(_GRACE_S)
        # Its children may have outlived it, and some of them may have left its group.
        self._signal(signal.SIGKILL)
        end_strays(f"{MARK}={self._mark}")
        await self._gone(_REAPED_S)

    async def _gone(self, within_s: float) -> None:
        """Wait until it is gone, for *within_s* at most."""
        for _ in range(int(within_s / _LOOK_S)):
            if self._process.poll() is not None:
                return
            await asyncio.sleep(_LOOK_S)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)
