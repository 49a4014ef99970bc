"""Chariot's own processes, started as a person starts them, killed as no person would."""

import asyncio
import os
import sys
from pathlib import Path

from chariot.entrypoints.cli.exits import Exit

_ENDS_WITHIN_S = 120.0
_LOOK_S = 0.5
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

    async def start(self, name: str, *command: str, jump: tuple[float, float] | None = None) -> None:
        """Start `chariot COMMAND`; the wall clock of it jumps (after so many seconds, by so many) with *jump*."""
        self._commands[name] = command
        begin = ["-m", "chariot"] if jump is None else [str(_SHIFTED), *map(str, jump)]
        with (self._folder / f"{name}.log").open("ab") as log:
            self._running[name] = await asyncio.create_subprocess_exec(
                *(sys.executable, *begin, "--config", str(self._config), *command),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | {"PYTHONPYCACHEPREFIX": str(self._folder / "compiled")},
            )

    async def kill(self, name: str) -> None:
        """End a process at once."""
        process = self._running.pop(name)
        if process.returncode is None:
            process.kill()
        await process.wait()

    async def again(self, name: str, *, jump: tuple[float, float] | None = None) -> None:
        """Start the process *name* with the command that it had."""
        await self.start(name, *self._commands[name], jump=jump)

    async def supervise(self) -> None:
        """Start again, until cancelled, what ended because a server was away while it started, as compose does."""
        while True:
            await asyncio.sleep(_LOOK_S)
            away = [name for name, process in self._running.items() if process.returncode == Exit.UNAVAILABLE]
            for name in away:
                await self.again(name)

    async def stop(self) -> dict[str, int | None]:
        """Ask all to drain; return how each ended."""
        running, self._running = self._running, {}
        for process in running.values():
            if process.returncode is None:
                process.terminate()
        await asyncio.wait_for(
            asyncio.gather(*(process.wait() for process in running.values())), _ENDS_WITHIN_S
        )
        return {name: process.returncode for name, process in running.items()}

    async def kill_all(self) -> None:
        """End what is left."""
        for name in list(self._running):
            await self.kill(name)

    def said(self) -> str:
        """Return the last lines of each process."""
        files = sorted(self._folder.glob("*.log"))
        return "\n".join(f"--- {file.name}\n{file.read_text(errors='replace')[-2_000:]}" for file in files)
