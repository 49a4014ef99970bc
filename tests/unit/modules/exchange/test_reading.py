import threading
from collections.abc import Generator
from contextlib import aclosing

import pytest

from chariot.errors import InvalidError
from chariot.modules.exchange.reading import ReadingThread


def threads(count: int, seen: list[str]) -> Generator[str]:
    try:
        for _ in range(count):
            yield threading.current_thread().name
    finally:
        seen.append(threading.current_thread().name)


async def test_all_of_a_file_is_read_on_one_thread() -> None:
    seen: list[str] = []
    with ReadingThread() as thread:
        first = await thread.run(lambda: threading.current_thread().name)
        async with aclosing(thread.each(threads(5, seen))) as coming:
            names = [name async for name in coming]

    assert {first, *names, *seen} == {first}
    assert first != threading.current_thread().name


async def test_a_reader_that_stops_early_ends_the_source_on_its_thread() -> None:
    seen: list[str] = []
    with ReadingThread() as thread:
        async with aclosing(thread.each(threads(5, seen))) as coming:
            first = await anext(coming)

    assert seen == [first]


async def test_what_the_source_raises_comes_through() -> None:
    def broken() -> Generator[int]:
        yield 1
        raise InvalidError("is broken", place="line 2")

    with ReadingThread() as thread:
        async with aclosing(thread.each(broken())) as coming:
            assert await anext(coming) == 1
            with pytest.raises(InvalidError, match="line 2"):
                await anext(coming)
