"""An HTTP client for other systems' APIs: guarded addresses, bounded answers, retries that harm nobody."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import IO, Any, Final, TypeVar
from urllib.parse import urlencode

import aiohttp
import msgspec
from multidict import CIMultiDictProxy
from yarl import URL

from chariot.adapters.outgoing.waiting import asked_wait_s
from chariot.adapters.webhook.guard import Guard
from chariot.adapters.webhook.pinned import Pinned
from chariot.errors import ConflictError, InvalidError, NotFoundError, UnavailableError
from chariot.modules.caching.breaker import Places
from chariot.telemetry import trace_headers

T = TypeVar("T")

ANSWER_LIMIT_BYTES: Final = 32 * 1024 * 1024
_ATTEMPTS: Final = 4
_PAUSE_S: Final = 1.0
_LONGEST_WAIT_S: Final = 120.0
_CHUNK_BYTES: Final = 256 * 1024
_TEXT_LIMIT: Final = 300
_FAULT: Final = 500


class Reply(msgspec.Struct, frozen=True):
    """What another system answered."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes


class _FaultyError(UnavailableError):
    """An answer that tells of a fault in the system."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"answered {reply.status}")
        self.reply = reply


class Outgoing:
    """Opens connections to other systems."""

    def __init__(
        self,
        guard: Guard,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        timeout_s: float = 30.0,
        tls: ssl.SSLContext | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        places: Places | None = None,
    ) -> None:
        """*timeout_s* is how long one answer may take; a download may take as long as it keeps coming.

        *places* leave alone for a while who is away.
        """
        self._guard = guard
        self._places = places or Places("other systems")
        self._now = now
        self._timeout_s = timeout_s
        self._tls = tls
        self._sleep = sleep

    @asynccontextmanager
    async def to(self, address: str, headers: Mapping[str, str]) -> AsyncIterator["Client"]:
        """Give a client for the system at *address*, which sends *headers* with each request.

        Raises:
            InvalidError: the address is none, or leads inside.
            UnavailableError: its name has no address now.
        """
        url = web_address(address)
        try:
            addresses = await self._guard.addresses(url.raw_host or "", url.port or 0)
        except InvalidError as error:
            raise InvalidError(error.message, place="address") from None
        connector = aiohttp.TCPConnector(
            resolver=Pinned(addresses), limit=4, ssl=self._tls if self._tls is not None else True
        )
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=self._timeout_s, sock_read=self._timeout_s)
        async with aiohttp.ClientSession(
            connector=connector,
            trust_env=False,
            timeout=timeout,
            headers={"User-Agent": "chariot", **trace_headers(), **headers},
            cookie_jar=aiohttp.DummyCookieJar(),
        ) as session:
            yield Client(session, url, self._places, now=self._now, sleep=self._sleep)


class Client:
    """Asks one system, and no other."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base: URL,
        places: Places,
        *,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._session = session
        self._base = base
        self._places = places
        self._now = now
        self._sleep = sleep

    async def json(self, method: str, path: str, to: type[T], **options: Any) -> T:
        """Return the answer to a request as *to*; see `request`.

        Raises:
            UnavailableError: it is something else: a log-in page, another program, half an answer.
        """
        reply = await self.request(method, path, **options)
        try:
            return msgspec.json.decode(reply.body, type=to)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise UnavailableError(
                f"{self._base.host} answered {reply.status} with something that its API does not say"
            ) from None

    async def request(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        again: bool | None = None,
    ) -> Reply:
        """Ask, and ask again where that can help; *again* is False for what must not be done twice.

        *body* is sent as JSON, *form* as a form.

        *path* may be a whole address of the same system. What the system asks to wait for is waited for, within
        bounds: then nothing was done, so that this holds for every request.

        Raises:
            InvalidError: the system refused the request, or its token.
            NotFoundError: it does not have what is asked for.
            ConflictError: it is not in the state for it.
            UnavailableError: it is away, or asks for a longer wait.
        """
        url = self._url(path)
        is_repeatable = method in ("GET", "PUT", "DELETE") if again is None else again
        data = msgspec.json.encode(body) if body is not None else None
        sent = dict(headers or {}) | ({"Content-Type": "application/json"} if data is not None else {})
        if form is not None:
            data = urlencode(form).encode()
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                reply = await self._asked(partial(self._once, method, url, data, sent))
            except UnavailableError:
                if not is_repeatable or attempt == _ATTEMPTS:
                    raise
                await self._sleep(_PAUSE_S * 2 ** (attempt - 1))
                continue
            wait_s = asked_wait_s(reply.status, reply.headers, self._now())
            failed = reply.status >= 500 and is_repeatable
            if wait_s is None and (not failed or attempt == _ATTEMPTS):
                return self._judged(reply)
            if attempt == _ATTEMPTS:
                raise UnavailableError(f"{self._base.host} asks to be left alone ({reply.status})")
            wait_s = max(wait_s or 0.0, _PAUSE_S * 2 ** (attempt - 1))
            if wait_s > _LONGEST_WAIT_S:
                raise UnavailableError(f"{self._base.host} asks to be left alone for {wait_s:.0f} s")
            await self._sleep(wait_s)
        raise AssertionError("the last attempt returns or raises")

    async def download(
        self, path: str, to: IO[bytes], *, headers: Mapping[str, str], limit_bytes: int
    ) -> Reply:
        """Write what is at *path* into *to* as it comes; the reply's own body stays empty, its status is as it is.

        Raises:
            InvalidError: it is larger than *limit_bytes*.
            UnavailableError: the system is away, or broke off.
        """
        url = self._url(path)
        return await self._asked(partial(self._downloaded, url, to, headers, limit_bytes))

    async def _asked(self, ask: Callable[[], Awaitable[Reply]]) -> Reply:
        """Ask, unless the system was away so often that it is left alone; what fails within it is away too."""

        async def judged() -> Reply:
            reply = await ask()
            if reply.status >= _FAULT:
                raise _FaultyError(reply)
            return reply

        try:
            return await self._places.call(str(self._base.origin()), judged)
        except _FaultyError as error:
            return error.reply

    async def _downloaded(
        self, url: URL, to: IO[bytes], headers: Mapping[str, str], limit_bytes: int
    ) -> Reply:
        size = 0
        with _translated(self._base.host):
            async with self._session.get(url, headers=headers, allow_redirects=False) as response:
                if response.status == 200:
                    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
                        size += len(chunk)
                        if size > limit_bytes:
                            response.close()
                            raise InvalidError(f"is larger than {limit_bytes:,} bytes", place="address")
                        await asyncio.to_thread(to.write, chunk)
                else:
                    # Leaving would read the rest of the answer, however long it is.
                    response.close()
                return Reply(response.status, response.headers, b"")

    async def _once(self, method: str, url: URL, data: bytes | None, headers: Mapping[str, str]) -> Reply:
        with _translated(self._base.host):
            async with self._session.request(
                method, url, data=data, headers=headers, allow_redirects=False
            ) as response:
                body = bytearray()
                async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
                    body += chunk
                    if len(body) > ANSWER_LIMIT_BYTES:
                        response.close()
                        raise UnavailableError(
                            f"{self._base.host} answered more than {ANSWER_LIMIT_BYTES:,} bytes"
                        )
                return Reply(response.status, response.headers, bytes(body))

    def _url(self, path: str) -> URL:
        whole = path if "://" in path else f"{str(self._base).rstrip('/')}{path}"
        try:
            url = URL(whole, encoded=True)
            is_same = url.origin() == self._base.origin()
        except ValueError:
            url, is_same = self._base, False
        if not is_same:
            # A token must not follow a link to another system.
            raise UnavailableError(f"{self._base.host} points to another system; that is not followed")
        return url

    def _judged(self, reply: Reply) -> Reply:
        status, host = reply.status, self._base.host
        if status < 300:
            return reply
        if status < 400:
            raise InvalidError(f"{host} answered {status}: redirects are not followed", place="address")
        said = said_in(reply.body)
        if status in (401, 403):
            raise InvalidError(
                f"{host} refused the token, or what it may do ({status}){said}", place="secret"
            )
        if status in (404, 410):
            raise NotFoundError(f"{host} does not have it ({status}){said}")
        if status == 409:
            raise ConflictError(f"{host} is not in the state for it{said}")
        if status == 429 or status >= 500:
            raise UnavailableError(f"{host} answered {status}{said}")
        raise InvalidError(f"{host} refused the request with {status}{said}")


class _translated:  # noqa: N801 - it reads as a word of its one use
    """Turns what the library raises into errors of ours, without its words: they quote addresses and headers."""

    def __init__(self, host: str | None) -> None:
        self._host = host

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, TimeoutError):
            raise UnavailableError(f"{self._host} did not answer in time") from None
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            raise UnavailableError(f"the certificate of {self._host} is not trusted") from None
        if isinstance(error, aiohttp.ClientError | ConnectionError | ssl.SSLError):
            raise UnavailableError(f"{self._host} cannot be reached ({type(error).__name__})") from None


def web_address(address: str) -> URL:
    """Return the address of another system.

    Raises:
        InvalidError: it is none, or carries a password.
    """
    try:
        url = URL(address)
    except ValueError:
        raise InvalidError("is not a web address", place="address") from None
    if url.scheme not in ("https", "http") or not url.raw_host:
        raise InvalidError("is not an http or https address", place="address")
    if url.raw_user is not None or url.raw_password is not None:
        raise InvalidError("must not carry a user or a password; use --secret", place="address")
    return url


class _Said(msgspec.Struct):
    """What APIs call their words for an error: Jira, then GitHub."""

    errorMessages: list[str] = []  # noqa: N815 - Jira's name
    errors: dict[str, str] | list[Any] | None = None
    message: str = ""


def said_in(body: bytes) -> str:
    """Return what an answer says of its error, in one line for a person, or nothing."""
    try:
        said = msgspec.json.decode(body, type=_Said)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    words = [*said.errorMessages, said.message]
    if isinstance(said.errors, dict):
        words += [f"{name}: {text}" for name, text in said.errors.items()]
    text = "; ".join(word for word in words if word)[:_TEXT_LIMIT]
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    return f": {text}" if text else ""
