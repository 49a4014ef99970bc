"""A server on loopback that answers by one function, and can be told to misbehave before it does."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Faults:
    """Answers that come first, in their order: a status with headers, or the end of the connection."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, dict[str, str], bytes]] = []
        self.dropped = ""
        """Requests to paths with this end are done, and then the connection ends without an answer."""

    def add(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Answer one request so; `Retry_After` stands for the header `Retry-After`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._waiting.append((status, named, body))

    def next(self) -> web.Response | None:
        """Return the answer that comes first, None when it is the server's own turn."""
        if not self._waiting:
            return None
        status, headers, body = self._waiting.pop(0)
        return web.Response(status=status, headers=headers, body=body)


@asynccontextmanager
async def served(handle: Handle, faults: Faults) -> AsyncIterator[str]:
    """Serve on a free port, and give the address."""

    async def answer(request: web.Request) -> web.StreamResponse:
        first = faults.next()
        if first is not None:
            return first
        response = await handle(request)
        if faults.dropped and request.path.endswith(faults.dropped):
            assert request.transport is not None
            request.transport.close()
        return response

    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    addresses: Any = runner.addresses
    try:
        yield f"http://127.0.0.1:{addresses[0][1]}"
    finally:
        await runner.cleanup()
