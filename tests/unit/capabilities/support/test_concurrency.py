import asyncio
from contextlib import aclosing

import pytest

from chariot.capabilities.support.concurrency import spread


async def test_results_come_from_all_items_and_none_is_left_out():
    async def odd(number):
        await asyncio.sleep(0)
        return number if number % 2 else None

    found = [number async for number in spread(odd, range(10), limit=3)]

    assert sorted(found) == [1, 3, 5, 7, 9]


async def test_no_more_than_the_limit_is_in_work_at_once():
    running = 0
    most = 0

    async def work(number):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return number

    assert len([number async for number in spread(work, range(50), limit=4)]) == 50
    assert most == 4


async def test_nothing_is_read_ahead_of_a_slow_consumer():
    taken = []

    def items():
        for number in range(1000):
            taken.append(number)
            yield number

    async def work(number):
        return number

    async with aclosing(spread(work, items(), limit=5)) as results:
        async for _ in results:
            break

    assert len(taken) <= 11


async def test_the_first_error_ends_all_of_it():
    cancelled = []

    async def work(number):
        if number == 2:
            raise ValueError("two")
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(number)
            raise

    with pytest.raises(ValueError, match="two"):
        [number async for number in spread(work, range(10), limit=3)]

    assert cancelled == [0, 1]


async def test_closing_early_ends_what_is_in_work():
    cancelled = asyncio.Event()

    async def work(number):
        if number == 0:
            return number
        try:
            await asyncio.sleep(60)
        finally:
            cancelled.set()

    async with aclosing(spread(work, range(2), limit=2)) as results:
        assert await anext(results) == 0

    assert cancelled.is_set()
