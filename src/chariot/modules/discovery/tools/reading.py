"""Reads what a program writes, while it writes it, in a thread of its own."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BufferedReader
from itertools import islice

from chariot.capability import CannotRunError
from chariot.errors import InvalidError
from chariot.format import Format, Parsed, Refused

AT_ONCE = 200
"""How many records are handed over at once."""


async def read_records(reader: Format, stream: BufferedReader) -> AsyncIterator[list[Parsed | Refused]]:
    """Yield the records of *stream* in batches; a stream without a byte has none.

    Raises:
        CannotRunError: what stands there is not of the format; what came before was yielded.
    """
    loop = asyncio.get_running_loop()
    # A reader waits for its program: threads that others share would be held up by that.
    threads = ThreadPoolExecutor(1, thread_name_prefix="tool-read")
    try:
        records = await loop.run_in_executor(threads, _begin, reader, stream)
        while records is not None:
            batch, fault = await loop.run_in_executor(threads, _next, records)
            if batch:
                yield batch
            if fault:
                raise CannotRunError(f"what it wrote cannot be read: {fault}")
            if not batch:
                return
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


def _begin(reader: Format, stream: BufferedReader) -> Iterator[Parsed | Refused] | None:
    # A tool that found nothing often writes nothing, which no reader takes for a file of its format.
    return reader.parse(stream) if stream.peek(1) else None


def _next(records: Iterator[Parsed | Refused]) -> tuple[list[Parsed | Refused], str]:
    """Return the next records, and why the reader gives up."""
    batch: list[Parsed | Refused] = []
    try:
        batch.extend(islice(records, AT_ONCE))
    except InvalidError as error:
        return batch, str(error)
    return batch, ""
