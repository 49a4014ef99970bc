"""SSH, FTP and SMTP services that greet with a version and answer politely, but do nothing."""

import asyncio

from chariot.lab.connections import Handler
from chariot.lab.world import BannerService

MAX_LINES = 20
"""Lines that one client may send; real clients and scanners need fewer."""
MAX_LINE_BYTES = 1024
IDLE_TIMEOUT_S = 10.0

FTP_REPLIES = {
    b"QUIT": b"221 Goodbye.",
    b"USER": b"331 Please specify the password.",
    b"PASS": b"530 Login incorrect.",
    b"SYST": b"215 UNIX Type: L8",
    b"FEAT": b"211 End",
    b"NOOP": b"200 NOOP ok.",
}
SMTP_REPLIES = {
    b"QUIT": b"221 closing connection",
    b"HELO": b"250 hello",
    b"EHLO": b"250-hello\r\n250-SIZE 1048576\r\n250 HELP",
    b"MAIL": b"550 this host takes no mail",
    b"NOOP": b"250 OK",
    b"RSET": b"250 OK",
}


def greeter(service: BannerService) -> Handler:
    """Return what serves each connection to *service*."""
    greeting = service.greeting.encode() + b"\r\n"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await writer.drain()
        match service.role:
            case "ssh":
                # Key exchange is beyond the lab: a client that has named itself is let go.
                await _line(reader)
            case "ftp":
                await _converse(reader, writer, FTP_REPLIES, b"530 Please login with USER and PASS.")
            case "smtp":
                await _converse(reader, writer, SMTP_REPLIES, b"500 unrecognized command")

    return serve


async def _converse(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    replies: dict[bytes, bytes],
    otherwise: bytes,
) -> None:
    """Answer line by line until the client says QUIT, leaves, or has said enough."""
    for _ in range(MAX_LINES):
        words = (await _line(reader)).split()
        verb = words[0].upper() if words else b""
        writer.write(replies.get(verb, otherwise) + b"\r\n")
        await writer.drain()
        if verb == b"QUIT":
            return


async def _line(reader: asyncio.StreamReader) -> bytes:
    """Return the client's next line.

    Raises:
        EOFError: the client has left.
        TimeoutError: it says nothing.
        ValueError: the line is too long.
    """
    async with asyncio.timeout(IDLE_TIMEOUT_S):
        line = await reader.readuntil(b"\n")
    if len(line) > MAX_LINE_BYTES:
        raise ValueError("line too long")
    return line
