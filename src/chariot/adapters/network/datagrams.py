"""Many questions to one DNS server at a time, over a few sockets that are replaced now and then."""

import asyncio
import secrets
from collections import deque
from typing import Final

from chariot.adapters.network import wire

_SOCKETS: Final = 8
"""Each has a port that the system chose: what is guessed by who forges answers."""
_QUESTIONS_EACH: Final = 5_000
"""After so many questions a socket makes room for one with another port."""
_AT_ONCE: Final = 2_000
"""Questions that wait for their answers; more of them wait before they are asked."""
_BUFFER_BYTES: Final = 1 << 20


class _Socket(asyncio.DatagramProtocol):
    """One connected socket, and who waits at it."""

    def __init__(self) -> None:
        self.waiting: dict[int, tuple[bytes, asyncio.Future[bytes]]] = {}
        self.transport: asyncio.DatagramTransport | None = None
        self.asked = 0
        self.retired = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.DatagramTransport)
        self.transport = transport

    def datagram_received(self, data: bytes, _addr: object) -> None:
        if len(data) < 12:
            return
        held = self.waiting.get(wire.number_of(data))
        # What does not repeat the question to the letter is somebody else's: the right answer may still come.
        if held is not None and wire.answers(data, held[0]) and not held[1].done():
            held[1].set_result(data)

    def error_received(self, exc: Exception) -> None:
        """Fail what waits: nobody listens there."""
        for _, future in self.waiting.values():
            if not future.done():
                future.set_exception(OSError(str(exc)))

    def connection_lost(self, exc: Exception | None) -> None:
        for _, future in self.waiting.values():
            if not future.done():
                future.set_exception(OSError(str(exc or "the socket was closed")))


class Datagrams:
    """Asks one server by UDP. Belongs to the event loop that it is first used in; another one starts anew."""

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
                self.close()

    async def _ask(
        self, loop: asyncio.AbstractEventLoop, question: bytes, timeout_s: float, *, dnssec: bool
    ) -> bytes:
        held = await self._socket(loop)
        number = secrets.randbits(16)
        while number in held.waiting:
            number = secrets.randbits(16)
        future: asyncio.Future[bytes] = loop.create_future()
        held.waiting[number] = (question, future)
        timer = loop.call_later(timeout_s, _late, future)
        try:
            assert held.transport is not None
            held.transport.sendto(wire.query_of(number, question, dnssec=dnssec))
            return await future
        finally:
            timer.cancel()
            held.waiting.pop(number, None)
            if held.retired and not held.waiting and held.transport is not None:
                held.transport.close()

    def close(self) -> None:
        """Let go of the sockets; what waits is told."""
        while self._sockets:
            held = self._sockets.pop()
            if held.transport is not None:
                held.transport.close()

    def _belong_to(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is not loop:
            self._sockets.clear()
            self._room = asyncio.Semaphore(_AT_ONCE)
            self._asking = 0
            self._loop = loop

    async def _socket(self, loop: asyncio.AbstractEventLoop) -> _Socket:
        while self._sockets and (self._sockets[0].asked >= _QUESTIONS_EACH or _is_closed(self._sockets[0])):
            self._retire(self._sockets.popleft())
        if len(self._sockets) < _SOCKETS:
            _, made = await loop.create_datagram_endpoint(_Socket, remote_addr=self._server)
            self._sockets.append(made)
        else:
            self._sockets.rotate(-1)
        held = self._sockets[0]
        held.asked += 1
        return held

    def _retire(self, held: _Socket) -> None:
        held.retired = True
        if not held.waiting and held.transport is not None:
            held.transport.close()


def _is_closed(held: _Socket) -> bool:
    return held.transport is None or held.transport.is_closing()


def _late(future: "asyncio.Future[bytes]") -> None:
    if not future.done():
        future.set_exception(TimeoutError())
