"""Chariot's own processes, started as a person starts them, killed as no person would."""

import asyncio
import os
import sys
from pathlib import Path

from chariot.entrypoints.cli.exits import Exit

_LONGEST_S = 240.0
_LOOK_S = 0.5
_UP = {"work": "working on", "relay": "standing by", "serve": "the API answers"}
"""What each command says when it is ready, and ends in order when it is asked to."""
_SHIFTED = Path(__file__).with_name("shifted_clock.py")


class ChariotProcesses:
    """Processes by name.

    What each says is kept in a file of *folder* for whoever looks into a failure, and compiled modules, so that only
    the first start of many takes long.
    """

    def __init__(self, config: Path, folder: Path) -> None:
        self._config = config
        self._folder = folder
        self._commands: dict[str, tuple[str, ...]] = {}
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._said_before: dict[str, int] = {}
        self._lock = asyncio.Lock()
        """What is killed and started again by several hands is so one after the other."""

    async def start(self, name: str, *command: str, jump: tuple[float, float] | None = None) -> None:
        """Start `chariot COMMAND`; the wall clock of it jumps (after so many seconds, by so many) with *jump*."""
        async with self._lock:
            self._commands[name] = command
            await self._start(name, jump)

    async def _start(self, name: str, jump: tuple[float, float] | None) -> None:
        begin = ["-m", "chariot"] if jump is None else [str(_SHIFTED), *map(str, jump)]
        with self._log(name).open("ab") as log:
            self._said_before[name] = log.tell()
            self._running[name] = await asyncio.create_subprocess_exec(
                *(sys.executable, *begin, "--config", str(self._config), *self._commands[name]),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | {"PYTHONPYCACHEPREFIX": str(self._folder / "compiled")},
            )

    def _log(self, name: str) -> Path:
        return self._folder / f"{name}.log"

    async def kill(self, name: str) -> None:
        """End a process at once."""
        async with self._lock:
            process = self._running.pop(name)
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def again(self, name: str, *, jump: tuple[float, float] | None = None) -> None:
        """Start the process *name* with the command that it had."""
        async with self._lock:
            await self._start(name, jump)

    async def supervise(self) -> None:
        """Start again, until cancelled, what ended because a server was away while it started, as compose does.

        Raises:
            AssertionError: one ended for another reason; nothing would do its work any more.
        """
        while True:
            await asyncio.sleep(_LOOK_S)
            async with self._lock:
                for name, process in list(self._running.items()):
                    if process.returncode == Exit.UNAVAILABLE:
                        await self._start(name, None)
                    elif process.returncode is not None:
                        raise AssertionError(f"{name} ended with {process.returncode}\n{self.said()}")

    async def stop(self) -> dict[str, int | None]:
        """Ask all to drain, once each is there to be asked; return how each ended."""
        async with asyncio.timeout(_LONGEST_S):
            while not all(map(self._is_up, self._running)):  # noqa: ASYNC110 - other processes tell.
                await asyncio.sleep(_LOOK_S)
        running, self._running = self._running, {}
        for process in running.values():
            if process.returncode is None:
                process.terminate()
        async with asyncio.timeout(_LONGEST_S):
            await asyncio.gather(*(process.wait() for process in running.values()))
        return {name: process.returncode for name, process in running.items()}

    def _is_up(self, name: str) -> bool:
        """Tell whether a process said that it is ready; one that ended for good is not waited for."""
        ended = self._running[name].returncode
        said = self._log(name).read_bytes()[self._said_before[name] :]
        return _UP[self._commands[name][0]].encode() in said or ended not in (None, Exit.UNAVAILABLE)

    async def kill_all(self) -> None:
        """End what is left."""
        for name in list(self._running):
            await self.kill(name)

    def said(self) -> str:
        """Return the last lines of each process."""
        files = sorted(self._folder.glob("*.log"))
        return "\n".join(f"--- {file.name}\n{file.read_text(errors='replace')[-2_000:]}" for file in files)
