import asyncio
import os
import signal
from pathlib import Path

import pytest

from chariot.entrypoints.cli.scanning import Snapshot, Watcher, interruptions, run_until_idle
from chariot.settings import Settings

from .conftest import ACME, App, find_sample, opened


class Recorder:
    """A display that remembers, and interrupts the scan when it is told to."""

    def __init__(self, *, interrupt: bool = False) -> None:
        self.shown: list[Snapshot] = []
        self.stopped = False
        self._interrupt = interrupt

    def show(self, snapshot: Snapshot) -> None:
        self.shown.append(snapshot)
        if self._interrupt and not self.stopped:
            os.kill(os.getpid(), signal.SIGINT)

    def stopping(self) -> None:
        self.stopped = True

    def close(self) -> None:
        pass


@pytest.fixture
async def app(tmp_path: Path):
    async with opened(Settings(home=str(tmp_path), organisation=ACME)) as application:
        yield application


async def test_a_scan_runs_until_nothing_is_left(app: App) -> None:
    await app.scans.start(ACME, ["example.com"], requested_by="test")
    display = Recorder()

    finished = await run_until_idle(app, display)

    last = display.shown[-1]
    assert finished
    assert last.progress.is_idle
    assert last.counts["risk"] == 2
    assert last.unknown == 1


async def test_the_first_interruption_drains_and_keeps_what_waits(app: App) -> None:
    await app.scans.start(ACME, ["example.com"], requested_by="test")
    release = asyncio.Event()
    app.stage.gate = release
    display = Recorder(interrupt=True)
    asyncio.get_running_loop().call_later(1.0, release.set)

    finished = await run_until_idle(app, display)

    assert not finished
    assert display.stopped
    assert (await app.store.counts(ACME)).get("risk", {}) in ({}, {"active": 2})


async def test_each_find_is_told_once_and_our_own_work_never(app: App) -> None:
    watcher = await Watcher.from_now(app)
    await find_sample(app.surface)

    first, second = await watcher.snapshot(), await watcher.snapshot()

    assert "#domain#app.example.com" in {find.key for find in first.new}
    assert "job" not in {find.kind for find in first.new}
    assert second.new == ()
    assert second.newest == first.newest
    assert len(first.newest) == 8


async def test_signals_are_as_before_afterwards() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with interruptions(asyncio.Event()):
        pass

    assert signal.getsignal(signal.SIGTERM) == before
