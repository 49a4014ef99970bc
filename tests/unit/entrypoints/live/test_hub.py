import asyncio
import contextlib

import pytest

from chariot.entrypoints.live.hub import Hub, LiveLimits
from chariot.errors import BusyError
from chariot.model.keys import Organisation

OURS = Organisation("ours")


class Silent:
    """A store in which nothing happens."""

    def stamp(self):
        return 0

    async def changes(self, after, limit, *, organisation):
        return []


class Hints:
    """Counts who listens."""

    def __init__(self):
        self.listening = 0
        self.heard = asyncio.Event()

    async def __call__(self):
        self.listening += 1
        self.heard.set()
        try:
            yield
            await asyncio.Event().wait()
        finally:
            self.listening -= 1
            self.heard.set()


async def yes():
    return True


async def no():
    return False


async def test_commits_are_listened_to_while_somebody_watches():
    hints = Hints()
    hub = Hub(hints=[hints])
    async with hub.watching(Silent(), OURS, "ann", 0), hub.watching(Silent(), OURS, "bob", 0):
        await asyncio.wait_for(hints.heard.wait(), 30)
        assert (hints.listening, hub.connections) == (1, 2)
        hints.heard.clear()
    await asyncio.wait_for(hints.heard.wait(), 30)

    assert (hints.listening, hub.connections) == (0, 0)


async def test_no_more_watch_than_may():
    hub = Hub(LiveLimits(connections=2))
    async with contextlib.AsyncExitStack() as stack:
        for name in ("ann", "bob"):
            await stack.enter_async_context(hub.watching(Silent(), OURS, name, 0))

        with pytest.raises(BusyError):
            hub.check("carol")
    hub.check("carol")


async def test_it_ends_when_the_caller_may_watch_no_longer():
    hub = Hub(LiveLimits(heartbeat_s=0.01))
    async with hub.watching(Silent(), OURS, "ann", 0) as watch, asyncio.timeout(30):
        assert [one async for one in watch.batches(no)] == []


async def test_it_ends_after_the_longest_time():
    hub = Hub(LiveLimits(longest_s=0.05))
    async with hub.watching(Silent(), OURS, "ann", 0) as watch, asyncio.timeout(30):
        assert [one async for one in watch.batches(yes)] == []


async def test_a_silence_is_broken_with_the_place():
    hub = Hub(LiveLimits(heartbeat_s=0.01))
    async with hub.watching(Silent(), OURS, "ann", 7) as watch, asyncio.timeout(30):
        batch = await anext(watch.batches(yes))

    assert (list(batch.items), batch.position) == ([], 7)
