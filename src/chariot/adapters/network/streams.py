"""TCP and TLS connections to one checked address, with bounded reads."""

import asyncio
import ssl

from chariot.capability import NoAnswerError

BUFFER_BYTES = 65_536
_CLOSING_S = 1.0
_FAILURES = (OSError, TimeoutError, EOFError, ValueError)
"""What connecting can end in; `ssl.SSLError` is an `OSError`, a bad server name a `ValueError`."""


class TcpStream:
    """See `chariot.capability.Stream`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

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
    """
    try:
        async with asyncio.timeout(timeout_s):
            return await asyncio.open_connection(
                address, port, limit=BUFFER_BYTES, ssl=tls, server_hostname=server_name if tls else None
            )
    except _FAILURES as error:
        raise NoAnswerError(f"{address} port {port} does not answer: {_reason(error)}") from error


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """Close the connection; a peer that does not say goodbye within a second keeps no socket of ours."""
    writer.close()
    try:
        async with asyncio.timeout(_CLOSING_S):
            await writer.wait_closed()
    except (OSError, TimeoutError):
        writer.transport.abort()


def _reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLError):
        return f"the TLS handshake failed ({error.reason or 'closed'})"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
