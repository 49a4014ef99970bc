"""One connection to a NATS server: requests in flight, pulls, and what becomes of them when it breaks."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import msgspec
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from chariot.errors import ChariotError, ConfigurationError, UnavailableError

_log = structlog.get_logger(__name__)
_CONNECT_S = 3.0
_REPLY_S = 5.0
_AGAIN_S = 0.25
_GUARD_S = 0.05
_END_S = 2.0
"""How long the end of a connection may take until it is broken off."""
_OLDEST_SERVER = (2, 11)
NO_RESPONDERS = "503"


def status(message: Msg) -> str:
    """Return the status that the server sent instead of a message, empty for a message."""
    return "" if message.headers is None else message.headers.get("Status", "")


class _Collector(msgspec.Struct):
    """Replies that come in many parts; the last one has a status."""

    done: asyncio.Future[Msg]
    parts: list[Msg]


class Link:
    """A connection that is made when it is needed, and made again when it broke.

    What was in flight when it broke fails at once with `UnavailableError`: nothing is buffered and sent later,
    because that would overtake what the caller publishes again.
    """

    def __init__(self, url: str, *, reply_s: float = _REPLY_S) -> None:
        """*url* may name several servers of a cluster, with commas; *reply_s* is how long one answer may take.

        Raises:
            ConfigurationError: *url* is not one of NATS.
        """
        self._servers = url.split(",")
        self._place, *_ = [_place(server) for server in self._servers]
        self._last_error: Exception | None = None
        self._reply_s = reply_s
        self._client: Client | None = None
        self._lock = asyncio.Lock()
        self._inbox = ""
        self._numbers = count(1)
        self._waiting: dict[str, asyncio.Future[Msg] | _Collector] = {}
        self._sinks: dict[str, Callable[[Msg], None]] = {}
        self._subscribed: set[str] = set()
        self._watched: set[asyncio.Future[str]] = set()
        self._failed_at = -1e9
        self._failure: ChariotError | None = None
        self._was_connected = False
        self._guard: asyncio.Task[None] | None = None
        self._closed = False
        self.generation = 0
        """Counts the connections: after a new one, the server may have forgotten what it had delivered."""

    @property
    def is_connected(self) -> bool:
        """True while the server answers, as far as this side knows."""
        return self._client is not None and self._client.is_connected

    @property
    def inbox(self) -> str:
        """Where replies go; another one after each reconnect."""
        return self._inbox

    async def client(self) -> Client:
        """Return a connected client.

        Raises:
            UnavailableError: the server is away.
            ConfigurationError: the first connection was refused for good.
        """
        client = self._client
        if client is not None and client.is_connected:
            return client
        async with self._lock:
            if self._client is None or not self._client.is_connected:
                self._client = await self._connect()
            return self._client

    async def _connect(self) -> Client:
        loop = asyncio.get_running_loop()
        if self._closed:
            raise UnavailableError("the connection to NATS was closed")
        if self._failure is not None and loop.time() - self._failed_at < _AGAIN_S:
            raise self._failure
        self._subscribed.clear()
        self._last_error = None
        if self._guard is not None:
            # What was in flight on the connection before has failed when this is done, and nothing of the next.
            await self._guard
        client = Client()
        try:
            async with asyncio.timeout(_CONNECT_S):
                await self._open(client)
        except (OSError, NatsError, TimeoutError) as error:
            self._failed_at = loop.time()
            self._failure = self._failure_of(self._last_error or error)
            await _end(client)
            raise self._failure from error
        version = client.connected_server_version
        if (version.major, version.minor) < _OLDEST_SERVER:
            await client.close()
            raise ConfigurationError(f"{self._place} is older than version 2.11, which Chariot needs")
        self._failure = None
        self._was_connected = True
        self._guard = asyncio.create_task(self._guard_of(client))
        self.generation += 1
        return client

    async def _open(self, client: Client) -> None:
        await client.connect(
            self._servers,
            name="chariot",
            allow_reconnect=False,
            max_reconnect_attempts=1,
            reconnect_time_wait=0,
            connect_timeout=int(_CONNECT_S),
            max_outstanding_pings=2,
            ping_interval=10,
            skip_subject_validation=True,
            error_cb=self._note,
        )
        _forgive_late_lines(client)
        self._inbox = client.new_inbox()
        # A limit would drop replies; what is in flight is bounded where it is asked for.
        await client.subscribe(f"{self._inbox}.*", cb=self._receive, pending_bytes_limit=0)
        for subject in self._sinks:
            await self._subscribe(client, subject)

    async def _note(self, error: Exception) -> None:
        # The client goes on trying and tells only here why it did not succeed.
        self._last_error = error

    def _failure_of(self, error: Exception) -> ChariotError:
        text = str(error).lower()
        if "authorization" in text or "authentication" in text:
            sentence = f"{self._place} refuses the user, password or token of its URL"
            return UnavailableError(sentence) if self._was_connected else ConfigurationError(sentence)
        reason = "it did not answer in time" if isinstance(error, TimeoutError) else _reason(error)
        return UnavailableError(f"{self._place} cannot be reached: {reason}")

    async def listen(self, subject: str, sink: Callable[[Msg], None]) -> None:
        """Give every message on *subject* to *sink*, also after a reconnect."""
        self._sinks[subject] = sink
        await self._subscribe(await self.client(), subject)

    async def _subscribe(self, client: Client, subject: str) -> None:
        if subject in self._subscribed:
            return
        self._subscribed.add(subject)
        sink = self._sinks[subject]

        async def receive(message: Msg) -> None:
            sink(message)

        await client.subscribe(subject, cb=receive, pending_bytes_limit=0)

    def watch(self, future: asyncio.Future[str]) -> None:
        """Let *future* fail when the connection breaks."""
        self._watched.add(future)
        future.add_done_callback(self._watched.discard)

    async def post(self, subject: str, payload: bytes = b"", *, reply: str = "") -> None:
        """Send *payload* and expect nothing."""
        await self._publish(await self.client(), subject, payload, reply, None)

    async def send(
        self, subject: str, payload: bytes, headers: Mapping[str, str] | None = None
    ) -> asyncio.Future[Msg]:
        """Send *payload* and return the future of its reply; whoever awaits it bounds the time."""
        client = await self.client()
        token = str(next(self._numbers))
        future: asyncio.Future[Msg] = asyncio.get_running_loop().create_future()
        self._waiting[token] = future
        await self._publish(client, subject, payload, f"{self._inbox}.{token}", headers)
        return future

    async def request(self, subject: str, payload: bytes, headers: Mapping[str, str] | None = None) -> Msg:
        """Send *payload* and return the reply."""
        return await self._in_time(await self.send(subject, payload, headers))

    async def collect(self, subject: str, payload: bytes) -> list[Msg]:
        """Send *payload* and return all parts of the reply, of which the last has the status."""
        client = await self.client()
        token = str(next(self._numbers))
        collector = _Collector(asyncio.get_running_loop().create_future(), [])
        self._waiting[token] = collector
        await self._publish(client, subject, payload, f"{self._inbox}.{token}", None)
        last = await self._in_time(collector.done)
        return [*collector.parts, last]

    async def _in_time(self, future: asyncio.Future[Msg]) -> Msg:
        try:
            async with asyncio.timeout(self._reply_s):
                return await future
        except TimeoutError as error:
            raise UnavailableError(f"{self._place} did not answer within {self._reply_s:g} s") from error

    async def _publish(
        self, client: Client, subject: str, payload: bytes, reply: str, headers: Mapping[str, str] | None
    ) -> None:
        try:
            await client.publish(
                subject, payload, reply=reply, headers=None if headers is None else {**headers}
            )
        except (OSError, NatsError) as error:
            raise UnavailableError(f"{self._place} cannot be reached: {_reason(error)}") from error

    async def _receive(self, message: Msg) -> None:
        token = message.subject.rpartition(".")[2]
        waiting = self._waiting.get(token)
        if isinstance(waiting, _Collector):
            if not status(message):
                waiting.parts.append(message)
                return
            waiting = waiting.done
        self._waiting.pop(token, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(message)

    async def _guard_of(self, client: Client) -> None:
        # The client tells of its end by a callback that it skips when the last bytes cannot be sent.
        while client.is_connected:  # noqa: ASYNC110 - there is no event to wait for.
            await asyncio.sleep(_GUARD_S)
        self._break()
        if not self._closed:
            # Whoever closes the link sends the last bytes, which must not find their socket gone.
            await _end(client)

    def _break(self) -> None:
        if not self._closed:
            _log.warning("nats_connection_lost", server=self._place)
        waiting, self._waiting = self._waiting, {}
        futures: list[asyncio.Future[Msg] | asyncio.Future[str]] = [*self._watched]
        futures += [one.done if isinstance(one, _Collector) else one for one in waiting.values()]
        for future in futures:
            if not future.done():
                future.set_exception(UnavailableError(f"the connection to {self._place} broke"))
                # Nobody may be left to await it; that is no news.
                future.exception()

    async def close(self) -> None:
        """End the connection; it cannot be used any more."""
        self._closed = True
        if self._client is not None:
            await _end(self._client)
        if self._guard is not None:
            await self._guard


def _forgive_late_lines(client: Client) -> None:
    """Let lines that come after the connection was lost be dropped, as single writes are.

    In Python 3.12, and 3.13 before 3.13.6, asyncio's `writelines` raises TypeError then. Source: CPython issue 136234.
    """
    transport: Any = client._transport  # noqa: SLF001 - the client makes it and takes none from outside.
    transport.writelines = lambda lines: transport.write(b"".join(lines))


async def _end(client: Client) -> None:
    """Close the socket, which the client leaves open when the last bytes could not be sent."""
    closing = asyncio.create_task(client.close())
    # A server that takes nothing any more would be waited for as long as the system keeps its connection.
    await asyncio.wait({closing}, timeout=_END_S)
    transport: Any = client._transport  # noqa: SLF001 - there is no other way to it.
    if transport is not None:
        with contextlib.suppress(OSError, AttributeError):
            transport._io_writer.transport.abort()  # noqa: SLF001 - what was not sent by now is not sent.
        transport.close()
    # Without its socket the client comes to its end; cancelled, it would cancel what others wait for as well.
    with contextlib.suppress(OSError, NatsError, TimeoutError):
        async with asyncio.timeout(_END_S):
            await closing
            if transport is not None:
                await transport.wait_closed()


def _place(url: str) -> str:
    """Return what names the server to a person, without user and password."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 4222
    except ValueError:
        parts, host, port = urlsplit(""), None, 0
    if parts.scheme not in ("nats", "tls") or not host:
        raise ConfigurationError("the URL of NATS must look like nats://user:password@host:4222")
    return f"NATS at {host}:{port}"


def _reason(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there"
    return str(error).removeprefix("nats: ") or type(error).__name__
