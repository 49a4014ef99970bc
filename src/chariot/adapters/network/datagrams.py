"""Many questions to one DNS server at a time, over a few sockets that are replaced now and then."""

import asyncio
import contextlib
import secrets
import socket
from collections import deque
from typing import Final

from chariot.adapters.network import wire

_SOCKETS: Final = 8
"""Each has a port that the system chose: what is guessed by who forges answers."""
_QUESTIONS_EACH: Final = 5_000
"""After so many questions a socket makes room for one with another port."""
_AT_ONCE: Final = 500
"""Questions that wait for their answers; more of them wait before they are asked."""
_DATAGRAM_BYTES: Final = 65_535
_READS: Final = 100
"""Datagrams that are read before others get their turn."""
_BUFFER_BYTES: Final = 1 << 20


class _Socket:
    """One connected socket, and who waits at it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, address: str, port: int) -> None:
        self.waiting: dict[int, tuple[bytes, asyncio.Future[bytes]]] = {}
        self.asked = 0
        self.is_retired = False
        self._loop = loop
        self._socket = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.setblocking(False)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
            self._socket.connect((address, port))
            loop.add_reader(self._socket, self._read)
        except OSError:
            self._socket.close()
            raise

    def send(self, data: bytes) -> None:
        # What a full buffer swallows is asked again when its time has passed, like what the network swallows.
        with contextlib.suppress(BlockingIOError):
            self._socket.send(data)

    def close(self) -> None:
        """Let go of it at once; what still waits is told."""
        self._fail(OSError("the socket was closed"))
        if not self._loop.is_closed():
            self._loop.remove_reader(self._socket)
        self._socket.close()

    def _read(self) -> None:
        try:
            for _ in range(_READS):
                self._take(self._socket.recv(_DATAGRAM_BYTES))
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            # Nobody listens there.
            self._fail(error)

    def _take(self, data: bytes) -> None:
        if len(data) < wire.HEADER_BYTES:
            return
        held = self.waiting.get(wire.number_of(data))
        # What does not repeat the question is somebody else's: the right answer may still come.
        if held is not None and wire.answers(data, held[0]) and not held[1].done():
            held[1].set_result(data)

    def _fail(self, error: OSError) -> None:
        for _, future in self.waiting.values():
            if not future.done():
                future.set_exception(error)


class Datagrams:
    """Asks one server by UDP. Belongs to the event loop that it is used in; another one starts anew."""

    def __init__(self, address: str, port: int) -> None:
        self._server = (address, port)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._sockets: deque[_Socket] = deque()
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._asking = 0

    async def ask(self, question: bytes, *, timeout_s: float, dnssec: bool = False) -> bytes:
        """Return the datagram that answers *question*.

        Raises:
            TimeoutError: no answer came in time.
            OSError: nobody listens there.
        """
        loop = asyncio.get_running_loop()
        self._belong_to(loop)
        self._asking += 1
        try:
            async with self._room:
                return await self._ask(loop, question, timeout_s, dnssec=dnssec)
        finally:
            self._asking -= 1
            if self._asking == 0:
                # Nothing stays open while nothing is asked; the next question comes from other ports.
                self._close()

    async def _ask(
        self, loop: asyncio.AbstractEventLoop, question: bytes, timeout_s: float, *, dnssec: bool
    ) -> bytes:
        held = self._socket(loop)
        number = secrets.randbits(16)
        while number in held.waiting:
            number = secrets.randbits(16)
        future: asyncio.Future[bytes] = loop.create_future()
        held.waiting[number] = (question, future)
        timer = loop.call_later(timeout_s, _late, future)
        try:
            held.send(wire.query_of(number, question, dnssec=dnssec))
            return await future
        finally:
            timer.cancel()
            held.waiting.pop(number, None)
            if held.is_retired and not held.waiting:
                held.close()

    def _close(self) -> None:
        while self._sockets:
            self._sockets.pop().close()

    def _belong_to(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is not loop:
            self._close()
            self._room = asyncio.Semaphore(_AT_ONCE)
            self._asking = 0
            self._loop = loop

    def _socket(self, loop: asyncio.AbstractEventLoop) -> _Socket:
        while self._sockets and self._sockets[0].asked >= _QUESTIONS_EACH:
            old = self._sockets.popleft()
            old.is_retired = True
            if not old.waiting:
                old.close()
        if len(self._sockets) < _SOCKETS:
            self._sockets.append(_Socket(loop, *self._server))
        self._sockets.rotate(1)
        held = self._sockets[0]
        held.asked += 1
        return held


def _late(future: "asyncio.Future[bytes]") -> None:
    if not future.done():
        future.set_exception(TimeoutError())
