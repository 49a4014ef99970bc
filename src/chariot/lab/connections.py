"""TCP listeners that end cleanly: bounded connections, each handler's task known and ended with the lab."""

import asyncio
import contextlib
import errno
import ssl
from collections.abc import Awaitable, Callable

from chariot.errors import ConfigurationError

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

MAX_CONNECTIONS = 1024
"""Connections open at once over all listeners; one more is closed at once."""
LIFETIME_S = 30.0
"""Seconds that one connection may last, whatever its peer does."""
TLS_TIMEOUT_S = 5.0
LINE_LIMIT_BYTES = 16 * 1024

# A peer that leaves, stalls or talks nonsense ends its own connection, and is no fault of the lab.
_PEER_FAULTS = (OSError, TimeoutError, EOFError, ValueError, asyncio.LimitOverrunError)


class Connections:
    """Owns listeners and the connections they accept, until `close`."""

    def __init__(self) -> None:
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def listen(
        self, address: str, port: int, handler: Handler, *, tls: ssl.SSLContext | None = None
    ) -> None:
        """Listen on *address* and *port*; *handler* serves each connection, which is closed after it.

        Raises:
            ConfigurationError: the port is taken, or this machine does not have the address.
        """

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._serve(handler, reader, writer)

        try:
            server = await asyncio.start_server(
                serve,
                address,
                port,
                ssl=tls,
                limit=LINE_LIMIT_BYTES,
                ssl_handshake_timeout=TLS_TIMEOUT_S if tls else None,
                ssl_shutdown_timeout=TLS_TIMEOUT_S if tls else None,
            )
        except OSError as error:
            raise cannot_listen(error, address, port) from error
        self._servers.append(server)

    async def close(self) -> None:
        """Stop listening and end every connection."""
        for server in self._servers:
            server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for server in self._servers:
            await server.wait_closed()
        self._servers.clear()

    async def _serve(
        self, handler: Handler, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        if task is None or len(self._tasks) >= MAX_CONNECTIONS:
            writer.transport.abort()
            return
        self._tasks.add(task)
        try:
            with contextlib.suppress(*_PEER_FAULTS, asyncio.CancelledError):
                async with asyncio.timeout(LIFETIME_S):
                    await handler(reader, writer)
                    writer.close()
                    await writer.wait_closed()
        finally:
            self._tasks.discard(task)
            writer.transport.abort()


def cannot_listen(error: OSError, address: str, port: int) -> ConfigurationError:
    """Return the error that tells a person why the lab cannot listen there, and what to do."""
    if error.errno == errno.EADDRINUSE:
        return ConfigurationError(
            f"the lab needs {address} port {port}, which is taken: stop the other program (another lab?), "
            "or choose another port_offset"
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return ConfigurationError(
            f"the lab needs the loopback address {address}, which this machine lacks: Linux has all of "
            f"127.0.0.0/8; on macOS and the BSDs add each address with `sudo ifconfig lo0 alias {address}`, "
            "or run the lab in a Linux container"
        )
    return ConfigurationError(f"the lab cannot listen on {address} port {port}: {error}")
