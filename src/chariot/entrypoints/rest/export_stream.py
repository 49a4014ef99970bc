"""An export as a stream: written while it is read, and never further ahead than its reader."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast

from chariot.model.keys import Organisation
from chariot.modules.exchange.exports.service import ExportReport, ExportRequest, ExportService
from chariot.modules.exchange.exports.source import Reader

Told = Callable[[ExportReport], Awaitable[None]]
_AHEAD_BYTES = 1_000_000
"""Beyond this, the export reads nothing more of the store until its own reader has caught up."""


class _Pipe:
    """A sink that another task reads."""

    def __init__(self) -> None:
        self._chunks: deque[bytes] = deque()
        self._size = 0
        self._filled = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    def write(self, data: bytes, /) -> int:
        self._chunks.append(bytes(data))
        self._size += len(data)
        self._filled.set()
        if self._size > _AHEAD_BYTES:
            self._room.clear()
        return len(data)

    async def room(self) -> None:
        await self._room.wait()

    async def filled(self) -> None:
        await self._filled.wait()

    def take(self) -> bytes:
        """Return all that was written, as one."""
        data = b"".join(self._chunks)
        self._chunks.clear()
        self._size = 0
        self._filled.clear()
        self._room.set()
        return data


class _Paced:
    """Reads of a store, each waiting until there is room for what comes of it."""

    def __init__(self, reader: Reader, pipe: _Pipe) -> None:
        self._reader = reader
        self._pipe = pipe

    def __getattr__(self, name: str) -> Any:
        read = getattr(self._reader, name)

        async def paced(*arguments: Any, **named: Any) -> Any:
            await self._pipe.room()
            return await read(*arguments, **named)

        return paced


async def exported(
    reader: Reader,
    exports: ExportService,
    organisation: Organisation,
    request: ExportRequest,
    told: Told | None = None,
) -> AsyncIterator[bytes]:
    """Return the pieces of an export; what can go wrong before the first of them is raised here.

    *told* learns what was written once it is whole, before the stream ends.

    Raises:
        InvalidError, ConfigurationError: see `ExportService.export`.
    """
    pipe = _Pipe()
    service = ExportService(cast("Reader", _Paced(reader, pipe)), exports.exporters)
    writing = asyncio.create_task(service.export(organisation, request, pipe))
    first = await _next(pipe, writing)
    return _pieces(first, pipe, writing, told)


async def _next(pipe: _Pipe, writing: "asyncio.Task[ExportReport]") -> bytes:
    """Return what was written next, empty at the end."""
    filled = asyncio.create_task(pipe.filled())
    try:
        await asyncio.wait({filled, writing}, return_when=asyncio.FIRST_COMPLETED)
    except asyncio.CancelledError:
        writing.cancel()
        raise
    finally:
        filled.cancel()
    if writing.done():
        # What it raised is raised here: a part of an export must never look like the whole.
        writing.result()
    return pipe.take()


async def _pieces(
    first: bytes, pipe: _Pipe, writing: "asyncio.Task[ExportReport]", told: Told | None
) -> AsyncIterator[bytes]:
    try:
        piece = first
        while piece:
            yield piece
            piece = await _next(pipe, writing)
        if told is not None:
            await told(writing.result())
    finally:
        # Whoever downloads it may have gone.
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
