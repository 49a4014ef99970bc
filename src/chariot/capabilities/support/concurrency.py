"""Bounded concurrency: the same work for many items, results as they come."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from typing import Any, TypeVar

ITEM = TypeVar("ITEM")
RESULT = TypeVar("RESULT")


async def spread(
    work: Callable[[ITEM], Awaitable[RESULT | None]], items: Iterable[ITEM], *, limit: int
) -> AsyncGenerator[RESULT, None]:
    """Yield what *work* returns for each item, in the order of completion; None is left out.

    At most *limit* items are in work at once, and as many results wait; *items* is read as it is needed. The first
    error of *work* ends all of it. Close the iterator (`contextlib.aclosing`) to stop early.
    """
    source = iter(items)
    results: asyncio.Queue[RESULT] = asyncio.Queue(maxsize=limit)

    async def take() -> None:
        for item in source:
            result = await work(item)
            if result is not None:
                await results.put(result)

    workers = [asyncio.ensure_future(take()) for _ in range(limit)]
    finished = asyncio.gather(*workers)
    try:
        while not finished.done():
            getter = asyncio.ensure_future(results.get())
            waiting: set[asyncio.Future[Any]] = {getter, finished}
            try:
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            finally:
                ready = getter.done()
                getter.cancel()
            if ready:
                yield getter.result()
        while not results.empty():
            yield results.get_nowait()
        await finished
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, finished, return_exceptions=True)
