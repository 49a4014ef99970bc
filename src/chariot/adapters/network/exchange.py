"""One HTTP/1.1 request and its answer, read as if the server meant harm: every part has a limit."""

import asyncio
import math
import re
import zlib
from urllib.parse import quote, urlsplit

import msgspec

from chariot import __version__
from chariot.adapters.network.answers import BODY_S
from chariot.capability import NoAnswerError
from chariot.errors import InvalidError
from chariot.model import checks

USER_AGENT = f"Chariot/{__version__} (+attack surface management)"
HEADER_LIMIT = 200
"""The most header lines; more is no answer."""
HEAD_LIMIT_BYTES = 65_536
URL_LIMIT = 8_192
_INTERIM_LIMIT = 5
_CHUNK_BYTES = 65_536
_FRAME_BYTES = 64
"""What a chunk counts for beside what it sends: reading one takes time, however little is in it."""
_DEFAULT_PORTS = {"http": 80, "https": 443}
_STATUS_LINE = re.compile(rb"HTTP/1\.\d (\d{3})(?: .*)?", re.DOTALL)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_INFLATED = {"gzip": 31, "x-gzip": 31, "deflate": 47}
"""Encodings that are undone, with zlib's window bits."""

Headers = tuple[tuple[str, str], ...]


class Target(msgspec.Struct, frozen=True):
    """Where a request goes."""

    url: str
    is_tls: bool
    host: str
    port: int
    path: str
    method: str = "GET"
    extra: Headers = ()
    """Headers that take the place of the default ones, or come after them."""
    body: bytes = b""

    @property
    def authority(self) -> str:
        """The Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (
            host if self.port == _DEFAULT_PORTS["https" if self.is_tls else "http"] else f"{host}:{self.port}"
        )

    @property
    def headers(self) -> Headers:
        """What is sent."""
        own = {name.lower() for name, _ in self.extra}
        default = (
            ("Host", self.authority),
            ("User-Agent", USER_AGENT),
            ("Accept", "*/*"),
            ("Accept-Encoding", "identity"),
            ("Connection", "close"),
            *((("Content-Length", str(len(self.body))),) if self.body else ()),
        )
        return (*(pair for pair in default if pair[0].lower() not in own), *self.extra)

    @property
    def request(self) -> bytes:
        """The request as bytes."""
        fields = [f"{name}: {value}" for name, value in self.headers]
        lines = [f"{self.method} {self.path} HTTP/1.1", *fields, "", ""]
        return "\r\n".join(lines).encode("ascii") + self.body


class Answer(msgspec.Struct, frozen=True):
    """What came back."""

    status: int
    headers: Headers
    body: bytes
    cut: bool
    size_bytes: int = 0
    """What was received for the body, with what frames it."""
    late: bool = False
    """True when the body was cut because of the time."""


def target_of(url: str, *, method: str = "GET", headers: Headers = (), body: bytes = b"") -> Target:
    """Return where *url* leads, and what is asked there.

    Raises:
        InvalidError: it is not http or https, carries credentials, or has no valid host; or the method or a header
            is not one that can be sent.
    """
    if not _TOKEN.fullmatch(method):
        raise InvalidError("is no HTTP method", place="method")
    for name, value in headers:
        if not _TOKEN.fullmatch(name) or not value.isascii() or not value.isprintable():
            raise InvalidError(f"cannot be sent: {name[:50]!r}", place="headers")
    if len(url) > URL_LIMIT or not url.isprintable():
        raise InvalidError("is too long or has control characters", place="url")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = parts.hostname or ""
    except ValueError as error:
        raise InvalidError(str(error), place="url") from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise InvalidError(f"only http and https are spoken, not {parts.scheme[:20]!r}", place="url")
    if parts.username is not None or parts.password is not None:
        raise InvalidError("must not carry credentials", place="url")
    try:
        host = checks.ip(host) if _is_ip(host) else checks.host_name(host)
    except ValueError as error:
        raise InvalidError(str(error), place="url") from None
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = f"?{quote(parts.query, safe='/?%:@!$&()*+,;=~-._')}" if parts.query else ""
    number = port or _DEFAULT_PORTS[parts.scheme]
    return Target(url, parts.scheme == "https", host, number, path + query, method, headers, body)


def _is_ip(host: str) -> bool:
    try:
        checks.ip(host)
    except ValueError:
        return False
    return True


async def read_head(reader: asyncio.StreamReader) -> tuple[int, Headers]:
    """Return status and headers of the final answer, after at most five interim ones.

    Raises:
        NoAnswerError: what comes is not HTTP, or its head is larger than the limits.
    """
    budget = HEAD_LIMIT_BYTES
    for _ in range(_INTERIM_LIMIT):
        line, budget = await _line(reader, budget)
        match = _STATUS_LINE.fullmatch(line)
        if match is None:
            raise NoAnswerError("what answers does not speak HTTP")
        headers: list[tuple[str, str]] = []
        while True:
            line, budget = await _line(reader, budget)
            if not line:
                break
            if len(headers) >= HEADER_LIMIT:
                raise NoAnswerError(f"the answer has more than {HEADER_LIMIT} headers")
            name, separator, value = line.partition(b":")
            # A line that is no header is noise from a broken server; the others still tell something.
            if separator and name.strip():
                headers.append((_text(name), _text(value)))
        status = int(match[1])
        if not 100 <= status < 200:
            return status, tuple(headers)
    raise NoAnswerError("interim answers without an end")


async def _line(reader: asyncio.StreamReader, budget: int) -> tuple[bytes, int]:
    try:
        line = await reader.readuntil(b"\n")
    except asyncio.LimitOverrunError:
        raise NoAnswerError("the answer has a line without an end") from None
    except asyncio.IncompleteReadError:
        raise NoAnswerError("the answer ends within its head") from None
    budget -= len(line)
    if budget < 0:
        raise NoAnswerError(f"the answer's head is longer than {HEAD_LIMIT_BYTES:,} bytes")
    return line.rstrip(b"\r\n"), budget


def _text(data: bytes) -> str:
    """Return header bytes as text: UTF-8 where they are, else Latin-1; never a NUL, which no store can hold."""
    data = data.strip(b" \t\r")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


class _Inflater:
    """Undoes a content encoding, never making more than what is asked for."""

    def __init__(self, bits: int) -> None:
        self._inflate = zlib.decompressobj(bits)

    def feed(self, data: bytes, room: int) -> bytes:
        """Return at most *room* bytes of what *data* holds.

        Raises:
            NoAnswerError: the data is not what the header says, or goes on after its end.
        """
        if self._inflate.eof:
            raise NoAnswerError("the body goes on after its compressed part")
        try:
            return self._inflate.decompress(data, room)
        except zlib.error as error:
            raise NoAnswerError(f"the body cannot be decompressed: {error}") from error


class Body:
    """The body as far as it was read; what came before a time-out or a break is kept."""

    def __init__(self, reader: asyncio.StreamReader, headers: Headers, limit_bytes: int) -> None:
        self._reader = reader
        self._fields = {name.lower(): value.lower() for name, value in reversed(headers)}
        # One byte more than is wanted tells a body that just fits from one that goes on.
        self._room = limit_bytes + 1
        self._limit = limit_bytes
        # Compressed data that never yields anything must end as well, and frames with hardly anything in them.
        self._most_received = self._received_room = 2 * limit_bytes + _CHUNK_BYTES
        self._parts: list[bytes] = []
        bits = _INFLATED.get(self._fields.get("content-encoding", "").strip())
        self._inflater = _Inflater(bits) if bits is not None else None
        self._broken = False

    @property
    def data(self) -> bytes:
        """What was read, at most the limit."""
        return b"".join(self._parts)[: self._limit]

    @property
    def received_bytes(self) -> int:
        """What was received, with what frames it."""
        return self._most_received - self._received_room

    def is_cut(self) -> bool:
        """True when there is more than `data`, or it ended before its time."""
        return self._broken or self._room <= 0

    async def read(self) -> None:
        """Read until the end, the limit, or a break."""
        self._broken = True
        try:
            if "chunked" in self._fields.get("transfer-encoding", ""):
                await self._chunked()
            elif (length := self._fields.get("content-length", "")).isdecimal() and len(length) < 20:
                self._broken = not await self._take(int(length))
            else:
                while self._room > 0 and (data := await self._reader.read(_CHUNK_BYTES)):
                    self._keep(data)
                self._broken = False
        except (NoAnswerError, OSError, EOFError, asyncio.LimitOverrunError):
            # A body that breaks off or lies about itself is cut where it did.
            return

    async def _chunked(self) -> None:
        while self._room > 0:
            framing = await self._reader.readuntil(b"\n")
            self._receive(len(framing) + _FRAME_BYTES)
            size_line = framing.split(b";")[0].strip()
            if not re.fullmatch(rb"[0-9A-Fa-f]{1,15}", size_line):
                return
            size = int(size_line, 16)
            if size == 0:
                self._broken = False
                return
            if not await self._take(size):
                return
            self._receive(len(await self._reader.readuntil(b"\n")))

    async def _take(self, size: int) -> bool:
        """Read *size* bytes, or as many as there is room for; False when the body ended before."""
        while size > 0 and self._room > 0:
            data = await self._reader.read(min(size, _CHUNK_BYTES))
            if not data:
                return False
            size -= len(data)
            self._keep(data)
        return True

    def _receive(self, size_bytes: int) -> None:
        self._received_room -= size_bytes
        if self._received_room < 0:
            raise NoAnswerError("the body is longer than what may be received")

    def _keep(self, data: bytes) -> None:
        self._receive(len(data))
        if self._inflater is not None:
            data = self._inflater.feed(data, self._room)
        self._parts.append(data[: self._room])
        self._room -= len(data)


async def exchange(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    target: Target,
    *,
    timeout_s: float,
    limit_bytes: int,
    body_s: float = BODY_S,
) -> Answer:
    """Send the request and return the answer; a body that takes longer than *body_s* is cut, or *timeout_s* with all.

    Raises:
        NoAnswerError: no valid head came in time.
    """
    body = Body(reader, (), limit_bytes)
    status = 0
    headers: Headers = ()
    late = False
    try:
        async with asyncio.timeout(timeout_s) as limit:
            writer.write(target.request)
            await writer.drain()
            status, headers = await read_head(reader)
            body = Body(reader, headers, limit_bytes)
            limit.reschedule(min(limit.when() or math.inf, asyncio.get_running_loop().time() + body_s))
            if status not in (204, 304) and target.method != "HEAD":
                await body.read()
    except TimeoutError:
        if not status:
            raise NoAnswerError(f"{target.host} port {target.port} does not answer in time") from None
        late = True
    except OSError as error:
        raise NoAnswerError(f"{target.host} port {target.port} broke off") from error
    return Answer(status, headers, body.data, body.is_cut(), body.received_bytes, late)
