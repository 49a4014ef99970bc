"""What a service probe is given, and what it gives back."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import msgspec

from chariot.capabilities.support.findings import Fact, Flaw, Product
from chariot.capability import Network, NoAnswerError, Stream

CONNECT_TIMEOUT_S = 3.0
ANSWER_TIMEOUT_S = 2.5
ANSWER_LIMIT_BYTES = 65_536


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What one probe learnt of one service."""

    service: str
    """In IANA's words, such as ssh."""
    text: str = ""
    """Words for the fingerprint rules; they are not kept."""
    place: str = "banner"
    """At which of the places of docs/fingerprints.md these words stand."""
    products: tuple[Product, ...] = ()
    facts: tuple[Fact, ...] = ()
    flaws: tuple[Flaw, ...] = ()
    certificates: tuple[bytes, ...] = ()
    """DER, the leaf first, where the connection was upgraded to TLS."""
    names: tuple[str, ...] = ()
    """Host names that the service says are its own."""


class Door:
    """One port of one host, to which a probe may connect a few times."""

    def __init__(self, network: Network, host: str, port: int, *, secure: bool = False) -> None:
        """*secure*: each connection begins with TLS."""
        self._network = network
        self._secure = secure
        self.host = host
        self.port = port

    def secured(self) -> "Door":
        """Return the same port, spoken to inside TLS."""
        return Door(self._network, self.host, self.port, secure=True)

    @property
    def is_secure(self) -> bool:
        """True when each connection begins with TLS."""
        return self._secure

    def open(self) -> AbstractAsyncContextManager[Stream]:
        """Connect; `NoAnswerError` when nobody is there."""
        return self._open()

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[Stream]:
        async with self._network.connect(self.host, self.port, timeout_s=CONNECT_TIMEOUT_S) as stream:
            if self._secure:
                await stream.upgrade(timeout_s=CONNECT_TIMEOUT_S)
            yield stream

    async def ask(
        self, question: bytes, *, done: Callable[[bytes], bool] | None = None, limit: int = ANSWER_LIMIT_BYTES
    ) -> bytes:
        """Connect, send *question*, and return the answer; empty where none comes."""
        async with self.open() as stream:
            return await say(stream, question, done=done, limit=limit)


Ask = Callable[[Door], Awaitable[Seen | None]]
StartTls = Callable[[Stream], Awaitable[bool]]


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """One protocol: where it usually stands, how it greets, and how it is asked."""

    service: str
    ask: Ask
    """Returns None where something else answers."""
    ports: tuple[int, ...]
    secure_ports: tuple[int, ...] = ()
    """Where it usually stands inside TLS."""
    greeting: re.Pattern[bytes] | None = None
    """How a service that speaks first begins; None for one that waits to be asked."""
    start_tls: StartTls | None = None
    """Asks a fresh connection in clear to go on in TLS, up to the handshake; False where the service will not."""
    elsewhere: bool = True
    """Whether it is worth asking for at ports where it does not usually stand."""


async def say(
    stream: Stream,
    question: bytes,
    *,
    done: Callable[[bytes], bool] | None = None,
    limit: int = ANSWER_LIMIT_BYTES,
    timeout_s: float = ANSWER_TIMEOUT_S,
) -> bytes:
    """Send *question*, where there is one, and return what comes back until *done*, by default the first part.

    At most *limit* bytes are taken, and *timeout_s* counts for all of it: who sends one byte a second gains nothing.
    """
    if question:
        await stream.send(question)
    clock = asyncio.get_running_loop().time
    ends_at = clock() + timeout_s
    data = b""
    while len(data) < limit and (left_s := ends_at - clock()) > 0:
        part = await stream.read(limit - len(data), timeout_s=left_s)
        data += part
        if not part or done is None or done(data):
            break
    return data


def has_line(data: bytes) -> bool:
    """Tell whether a line is complete."""
    return data.endswith(b"\n")


def holds(size_bytes: int) -> Callable[[bytes], bool]:
    """Return a test for having so many bytes."""
    return lambda data: len(data) >= size_bytes


def has_reply(data: bytes) -> bool:
    """Tell whether an FTP or SMTP reply is complete: its last line has a blank after the number."""
    last = data.rstrip(b"\r\n").rsplit(b"\n", 1)[-1]
    return data.endswith(b"\n") and bool(re.match(rb"\d{3}(?: |$)", last))


def text_of(data: bytes) -> str:
    """Return *data* as text; what is no UTF-8 is replaced."""
    return data.decode("utf-8", "replace")


async def handshake(stream: Stream) -> tuple[bytes, ...]:
    """Upgrade *stream* and return the certificates shown; none where the other side fails at it."""
    try:
        return (await stream.upgrade(timeout_s=CONNECT_TIMEOUT_S)).certificates
    except NoAnswerError:
        return ()
