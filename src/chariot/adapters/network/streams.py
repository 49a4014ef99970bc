"""TCP and TLS connections to one checked address, with bounded reads."""

import asyncio
import errno
import os
import socket
import ssl
from collections.abc import Callable

from chariot.capability import CannotRunError, NoAnswerError, TlsPeer, UnreadableError

BUFFER_BYTES = 65_536
_CLOSING_S = 1.0
_UNDER_WAY = frozenset({errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EAGAIN})
_FAILURES = (OSError, TimeoutError, EOFError, ValueError)
"""What connecting can end in; `ssl.SSLError` is an `OSError`, a bad server name a `ValueError`."""


class TcpStream:
    """See `chariot.capability.Stream`."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        context: Callable[[], ssl.SSLContext] | None = None,
    ) -> None:
        """*context* makes what `upgrade` shakes hands with; by default one that trusts everybody."""
        self._reader = reader
        self._writer = writer
        self._first = writer
        """Kept to the end: a stream that nobody holds any more closes its connection, also below another one."""
        self._context = context or lenient_tls

    @property
    def writer(self) -> asyncio.StreamWriter:
        """What is written to now: another one after `upgrade`."""
        return self._writer

    async def read(self, limit_bytes: int, *, timeout_s: float) -> bytes:
        """See `Stream.read`."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self._reader.read(limit_bytes)
        except (TimeoutError, OSError):
            return b""

    async def send(self, data: bytes) -> None:
        """See `Stream.send`.

        Raises:
            NoAnswerError: the other side has closed the connection.
        """
        try:
            self._writer.write(data)
            await self._writer.drain()
        except OSError as error:
            raise NoAnswerError(f"the connection broke: {error}") from error

    async def upgrade(self, *, server_name: str = "", timeout_s: float) -> TlsPeer:
        """See `Stream.upgrade`."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=BUFFER_BYTES)
        protocol = asyncio.StreamReaderProtocol(reader)
        try:
            async with asyncio.timeout(timeout_s):
                transport = await loop.start_tls(
                    self._writer.transport,
                    protocol,
                    self._context(),
                    server_hostname=server_name,
                )
        except _FAILURES as error:
            raise _failure("TLS is not spoken on this connection", error) from error
        if transport is None:
            raise NoAnswerError("the connection was closed")
        protocol.connection_made(transport)
        self._reader = reader
        self._writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        return peer_of(self._writer)


def peer_of(writer: asyncio.StreamWriter) -> TlsPeer:
    """Return what the other side showed in the handshake of a TLS connection."""
    secured = writer.get_extra_info("ssl_object")
    leaf = secured.getpeercert(binary_form=True)
    chain = _chain_of(secured)
    cipher = secured.cipher()
    return TlsPeer(
        chain or tuple(filter(None, [leaf])),
        secured.version() or "",
        cipher[0] if cipher else "",
        is_whole=bool(chain),
    )


def _chain_of(secured: ssl.SSLObject) -> tuple[bytes, ...]:
    """Return what was presented as DER, the leaf first; empty where this Python does not tell it.

    The method is public since Python 3.13; before, the object inside has it, and gives certificates of its own.
    """
    told = getattr(secured, "get_unverified_chain", None)
    if told is not None:
        return tuple(told())
    inner = getattr(getattr(secured, "_sslobj", None), "get_unverified_chain", None)
    return (
        tuple(ssl.PEM_cert_to_DER_cert(one.public_bytes()) for one in (inner() or ()) if one) if inner else ()
    )


def lenient_tls() -> ssl.SSLContext:
    """Return a context that trusts everybody and speaks with old servers: we look, we send no secrets."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:!aNULL:@SECLEVEL=0")
    # Old servers renegotiate insecurely; OpenSSL 3 refuses to speak with them unless it is told to.
    context.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)
    return context


async def dial(
    address: str,
    port: int,
    *,
    timeout_s: float,
    tls: ssl.SSLContext | None = None,
    server_name: str = "",
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to *address*, which is never looked up again; with *tls*, shake hands as well.

    Raises:
        NoAnswerError: nobody answers in time, or the handshake fails.
        UnreadableError: it is TLS, and its certificates are larger than what OpenSSL reads, which is 100 kB.
    """
    # A refused connection, by far the most frequent answer of a port scan, costs no transport and no stream.
    connection = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    connection.setblocking(False)
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + timeout_s
    try:
        await _connected(loop, connection, address, port, ends_at)
        if tls is None:
            return await asyncio.open_connection(sock=connection, limit=BUFFER_BYTES)
        async with asyncio.timeout_at(ends_at):
            return await asyncio.open_connection(
                sock=connection, limit=BUFFER_BYTES, ssl=tls, server_hostname=server_name
            )
    except _FAILURES as error:
        connection.close()
        raise _failure(f"{address} port {port} does not answer", error) from error
    except BaseException:
        connection.close()
        raise


async def _connected(
    loop: asyncio.AbstractEventLoop, connection: socket.socket, address: str, port: int, ends_at: float
) -> None:
    """Connect: what the loop's own way does for a name, and its time limit for a whole block, cost as much again.

    Raises:
        OSError: the connection is refused, or the time is over.
    """
    failure = connection.connect_ex((address, port))
    if failure in _UNDER_WAY:
        ready: asyncio.Future[None] = loop.create_future()
        # By its number: selectors format whole sockets into errors that they then swallow.
        number = connection.fileno()
        loop.add_writer(number, _settle, ready, None)
        timer = loop.call_at(ends_at, _settle, ready, TimeoutError())
        try:
            await ready
        finally:
            timer.cancel()
            loop.remove_writer(number)
        failure = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if failure:
        raise OSError(failure, os.strerror(failure))


def _settle(ready: asyncio.Future[None], failure: BaseException | None) -> None:
    if ready.done():
        return
    if failure is None:
        ready.set_result(None)
    else:
        ready.set_exception(failure)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """Close the connection; a peer that does not say goodbye within a second keeps no socket of ours."""
    transport = writer.transport
    is_done = transport.get_extra_info("ssl_object") is None and not transport.get_write_buffer_size()
    writer.close()
    if is_done:
        # Without words to send or to hear, the loop's next turn closes it.
        await asyncio.sleep(0)
        return
    try:
        async with asyncio.timeout(_CLOSING_S):
            await writer.wait_closed()
    except (OSError, TimeoutError):
        writer.transport.abort()


class _Datagram(asyncio.DatagramProtocol):
    """Hands over the first packet that comes back, or why none will."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002 - the socket has one peer
        if not self.answer.done():
            self.answer.set_result(data)

    def error_received(self, exc: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(exc)


async def ask_by_datagram(
    address: str, port: int, data: bytes, *, timeout_s: float, limit_bytes: int
) -> bytes:
    """Send one packet to *address* and return the first that comes back from there.

    Raises:
        NoAnswerError: nothing comes in time, or the port is closed.
    """
    loop = asyncio.get_running_loop()
    try:
        transport, protocol = await loop.create_datagram_endpoint(_Datagram, remote_addr=(address, port))
    except OSError as error:
        raise NoAnswerError(f"{address} port {port}/udp cannot be asked: {_reason(error)}") from error
    try:
        transport.sendto(data)
        async with asyncio.timeout(timeout_s):
            return (await protocol.answer)[:limit_bytes]
    except (OSError, TimeoutError) as error:
        raise NoAnswerError(f"{address} port {port}/udp does not answer: {_reason(error)}") from error
    finally:
        protocol.answer.cancel()
        transport.close()


def _failure(what: str, error: BaseException) -> NoAnswerError | CannotRunError:
    """Return what to raise: that a certificate is too large to be read must not look as if there was none."""
    if isinstance(error, ssl.SSLError) and error.reason == "EXCESSIVE_MESSAGE_SIZE":
        return UnreadableError("its certificates are larger than what is read")
    return NoAnswerError(f"{what}: {_reason(error)}")


def _reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLError):
        return f"the TLS handshake failed ({error.reason or 'closed'})"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
