"""One thread that reads one file from its first byte to its last.

Parsers in C keep state that belongs to the thread that made it. So everything of a parser, its end and its
errors too, happens on the same thread; the event loop and the database work meanwhile.
"""

import asyncio
import traceback
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Self, TypeVar

from chariot.errors import ChariotError

T = TypeVar("T")


class ReadingThread:
    """A thread for one file; a context manager that ends it."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="import-read")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown()

    async def run(self, work: Callable[[], T]) -> T:
        """Do *work* on the thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, _contained, work)

    async def each(self, source: Generator[T]) -> AsyncGenerator[T]:
        """Yield what *source* does, each next one made while its reader still works on the last."""
        coming = asyncio.ensure_future(self.run(lambda: next(source, None)))
        try:
            while (item := await coming) is not None:
                coming = asyncio.ensure_future(self.run(lambda: next(source, None)))
                yield item
        finally:
            await asyncio.wait([coming])
            if not coming.cancelled():
                # Nobody asks for it any more, and it must not be called forgotten.
                coming.exception()
            await self.run(source.close)


def _contained(work: Callable[[], T]) -> T:
    try:
        return work()
    except ChariotError as error:
        # What its frames hold of the parser is let go of here, not where the error is read.
        traceback.clear_frames(error.__traceback__)
        raise
