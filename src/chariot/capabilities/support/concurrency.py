"""Bounded concurrency: the same work for many items, results as they come."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from enum import Enum
from operator import length_hint
from typing import TypeVar

ITEM = TypeVar("ITEM")
RESULT = TypeVar("RESULT")


class _End(Enum):
    """What stands behind the last result."""

    END = 0


async def spread(
    work: Callable[[ITEM], Awaitable[RESULT | None]], items: Iterable[ITEM], *, limit: int
) -> AsyncGenerator[RESULT, None]:
    """Yield what *work* returns for each item, in the order of completion; None is left out.

    At most *limit* items are in work at once, and as many results wait; *items* is read as it is needed. The first
    error of *work* ends all of it. Close the iterator (`contextlib.aclosing`) to stop early.
    """
    source = iter(items)
    results: asyncio.Queue[RESULT | _End] = asyncio.Queue()
    room = asyncio.Semaphore(limit)

    async def take() -> None:
        for item in source:
            result = await work(item)
            if result is not None:
                await room.acquire()
                results.put_nowait(result)

    # No more workers than there are items, where that is known: most runs have few.
    workers = [asyncio.ensure_future(take()) for _ in range(max(1, min(limit, length_hint(items, limit))))]
    finished = asyncio.gather(*workers)
    finished.add_done_callback(lambda _: results.put_nowait(_End.END))
    try:
        while not isinstance(result := await results.get(), _End):
            room.release()
            yield result
        await finished
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, finished, return_exceptions=True)
