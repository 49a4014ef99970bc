"""An HTTP proxy on loopback through which one external tool sends: every connection passes the guard.

Scope, pace and journal hold for each connection that the tool opens, also after a redirect and whatever a name
says a moment later: the name is looked up here, once, and the address that was checked is connected to.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from chariot.adapters.network.exchange import target_of
from chariot.capability import CannotRunError, Network, NoAnswerError, Stream
from chariot.errors import ChariotError, InvalidError, OutOfScopeError
from chariot.model import checks

_HEAD_BYTES = 65_536
_PIECE_BYTES = 65_536
_HEAD_S = 10.0
_CONNECT_S = 15.0
_IDLE_S = 60.0
_AT_ONCE = 100
"""The most connections of one tool at a time; a further one waits."""
_HOP_HEADERS = (b"proxy-connection:", b"proxy-authorization:", b"connection:", b"keep-alive:")


@asynccontextmanager
async def guarded_proxy(network: Network) -> AsyncIterator[str]:
    """Serve on loopback while the context lasts, and give `address:port`. See `Programs.proxy`."""
    tasks: set[asyncio.Task[None]] = set()
    room = asyncio.Semaphore(_AT_ONCE)

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        async with room:
            await _serve(network, reader, writer)

    server = await asyncio.start_server(served, "127.0.0.1", 0, limit=_HEAD_BYTES)
    try:
        host, port = server.sockets[0].getsockname()[:2]
        yield f"{host}:{port}"
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


async def _serve(network: Network, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        async with asyncio.timeout(_HEAD_S):
            head = await reader.readuntil(b"\r\n\r\n")
        host, port, first = _asked(head)
        async with network.connect(host, port, timeout_s=_CONNECT_S) as stream:
            if first:
                await stream.send(first)
            else:
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await writer.drain()
            await _relay(reader, writer, stream)
    except (OutOfScopeError, CannotRunError) as error:
        _refuse(writer, b"403 Forbidden", str(error))
    except InvalidError as error:
        _refuse(writer, b"400 Bad Request", str(error))
    except (ChariotError, NoAnswerError) as error:
        _refuse(writer, b"502 Bad Gateway", str(error))
    except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        # The tool went away, or speaks no HTTP: there is nobody to tell.
        pass
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def _asked(head: bytes) -> tuple[str, int, bytes]:
    """Return host, port and, where it is no tunnel, what to send there.

    Raises:
        InvalidError: it is no request to a proxy.
    """
    line, *headers = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    method, _, rest = line.partition(b" ")
    where, _, version = rest.rpartition(b" ")
    if not version.startswith(b"HTTP/1."):
        raise InvalidError("is no request to a proxy", place="request")
    try:
        written = where.decode("ascii")
    except UnicodeDecodeError:
        raise InvalidError("has an address that is not ASCII", place="request") from None
    if method == b"CONNECT":
        host, _, port = written.rpartition(":")
        return *_endpoint(host.removeprefix("[").removesuffix("]"), port), b""
    target = target_of(written)
    if target.is_tls:
        raise InvalidError("asks for TLS without a tunnel", place="request")
    path = written.split("://", 1)[1].partition("/")[2].partition("#")[0]
    kept = [header for header in headers if not header.lower().startswith(_HOP_HEADERS)]
    # One request for each connection: the next one is a decision of its own, and may go elsewhere.
    lines = [method + b" /" + path.encode() + b" " + version, *kept, b"Connection: close", b"", b""]
    return target.host, target.port, b"\r\n".join(lines)


def _endpoint(host: str, port: str) -> tuple[str, int]:
    try:
        number = int(port)
        known = checks.ip(host) if ":" in host or host[-1:].isdigit() else checks.host_name(host)
    except ValueError as error:
        raise InvalidError(str(error), place="CONNECT") from None
    if not 0 < number < 65_536:
        raise InvalidError("has no port", place="CONNECT")
    return known, number


async def _relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, stream: Stream) -> None:
    """Pass bytes in both directions until one side ends or nothing comes for a minute."""

    async def there() -> None:
        while data := await reader.read(_PIECE_BYTES):
            await stream.send(data)

    async def back() -> None:
        while data := await stream.read(_PIECE_BYTES, timeout_s=_IDLE_S):
            writer.write(data)
            await writer.drain()

    outward, inward = asyncio.create_task(there()), asyncio.create_task(back())
    try:
        # A client that has sent all it has to say still waits for its answer; the other way round it does not.
        await asyncio.wait({inward})
    finally:
        for task in (outward, inward):
            task.cancel()
        await asyncio.gather(outward, inward, return_exceptions=True)


def _refuse(writer: asyncio.StreamWriter, status: bytes, reason: str) -> None:
    text = f"{reason}\n".encode("utf-8", "replace")[:1_000]
    with suppress(OSError):
        writer.write(
            b"HTTP/1.1 " + status + b"\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n"
            b"Content-Length: " + str(len(text)).encode() + b"\r\n\r\n" + text
        )
