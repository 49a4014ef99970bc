"""One connection to a NATS server: requests in flight, pulls, and what becomes of them when it breaks."""

import asyncio
from collections.abc import Callable, Mapping
from itertools import count
from urllib.parse import urlsplit

import msgspec
import nats
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from chariot.errors import ChariotError, ConfigurationError, UnavailableError

_log = structlog.get_logger(__name__)
_CONNECT_S = 3.0
_REPLY_S = 5.0
_AGAIN_S = 0.25
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
        """*reply_s* is how long the server may take for one answer.

        Raises:
            ConfigurationError: *url* is not one of NATS.
        """
        self._url = url
        self._place = _place(url)
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
        self._closed = False

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
        try:
            async with asyncio.timeout(_CONNECT_S):
                client = await self._open()
        except (OSError, NatsError, TimeoutError) as error:
            self._failed_at, self._failure = loop.time(), self._failure_of(error)
            raise self._failure from error
        version = client.connected_server_version
        if (version.major, version.minor) < _OLDEST_SERVER:
            await client.close()
            raise ConfigurationError(f"{self._place} is older than version 2.11, which Chariot needs")
        self._failure = None
        self._was_connected = True
        return client

    async def _open(self) -> Client:
        client: Client = await nats.connect(
            self._url,
            name="chariot",
            allow_reconnect=False,
            connect_timeout=int(_CONNECT_S),
            max_outstanding_pings=2,
            ping_interval=10,
            skip_subject_validation=True,
            error_cb=_ignore,
            closed_cb=self._break,
            disconnected_cb=self._break,
        )
        self._inbox = client.new_inbox()
        # A limit would drop replies; what is in flight is bounded where it is asked for.
        await client.subscribe(f"{self._inbox}.*", cb=self._receive, pending_bytes_limit=0)
        for subject in self._sinks:
            await self._subscribe(client, subject)
        return client

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

    async def _break(self) -> None:
        if self._client is not None and not self._closed:
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
            await self._client.close()


async def _ignore(_error: Exception) -> None:
    # The client tells its errors here a second time; whoever waits has got them already.
    return


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
