"""The two engines below the operations: requests that are tried again, lists, downloads, and the live stream."""

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, TypeVar

import httpx

from chariot_client.live import LIVE, async_changes_in, changes_in
from chariot_client.models import Change
from chariot_client.pages import AsyncPages, Page, Pages
from chariot_client.problems import AwayError, Problem, problem_of
from chariot_client.profiles import chosen_server
from chariot_client.retries import Retries, retry_after_s
from chariot_client.wire import Ask, ask, async_pieces, bare_of, data_of, page_of, path_of, pieces

T = TypeVar("T")
API_VERSION = "1.0"
"""What these clients are written against; a server that does not speak it says so."""
_SILENCE_S = 60.0
"""A live stream that says nothing for so long, not even that it is there, is asked for again."""
_UNHURRIED = "/undo"
"""What takes as long as what it takes back is large: the server goes on as long as it is waited for."""


class _Shared:
    """What both flavours know: where the server is, who asks, how patiently."""

    path = staticmethod(path_of)

    def __init__(
        self,
        server: str | None = None,
        *,
        token: str | None = None,
        profile: str | None = None,
        organisation: str | None = None,
        timeout_s: float = 30.0,
        retries: Retries | None = None,
    ) -> None:
        chosen = chosen_server(server, token, profile)
        self.server = chosen.server.rstrip("/")
        """Where requests go."""
        self._retries = retries or Retries()
        self._timeout_s = timeout_s
        self._headers = {
            "authorization": f"Bearer {chosen.token}",
            "chariot-version": API_VERSION,
            "user-agent": "chariot-client",
        }
        if whose := organisation or chosen.organisation:
            self._headers["chariot-organisation"] = whose

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.server!r})"

    def _wait(self, asked: Ask, attempt: int, response: httpx.Response | None) -> float | None:
        return self._retries.wait_s(
            attempt,
            harmless=asked.harmless,
            status=None if response is None else response.status_code,
            retry_after_s=None if response is None else retry_after_s(response.headers.get("retry-after")),
        )

    def _away(self, asked: Ask, error: httpx.HTTPError) -> AwayError:
        said = str(error) or type(error).__name__
        return AwayError(f"{self.server} does not answer ({asked.method} {asked.path}): {said}")


def _problem(response: httpx.Response) -> Problem:
    return problem_of(
        response.status_code, response.content, retry_after_s(response.headers.get("retry-after"))
    )


@contextmanager
def _replaced(to: Path) -> Iterator[IO[bytes]]:
    """Give a file that takes the place of *to* at the end of the block; where it fails, nothing is left."""
    handle, name = tempfile.mkstemp(dir=to.parent, prefix=f".{to.name}.")
    written = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        written.replace(to)
    except BaseException:
        written.unlink(missing_ok=True)
        raise


class Calls(_Shared):
    """Sends requests and waits for them."""

    def __init__(
        self,
        server: str | None = None,
        *,
        token: str | None = None,
        profile: str | None = None,
        organisation: str | None = None,
        timeout_s: float = 30.0,
        retries: Retries | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(
            server,
            token=token,
            profile=profile,
            organisation=organisation,
            timeout_s=timeout_s,
            retries=retries,
        )
        self._sleep = sleep
        self._http = httpx.Client(base_url=self.server, headers=self._headers, timeout=timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def call(self, type_: type[T], method: str, path: str, **more: Any) -> T:
        """Return what one operation answers, as *type_*; *more* are the arguments of `wire.ask`."""
        return data_of(type_, self._send(ask(method, path, **more)))

    def bare(self, type_: type[T], method: str, path: str, **more: Any) -> T:
        """Return an answer that has no envelope."""
        return bare_of(type_, self._send(ask(method, path, **more)))

    def text(self, method: str, path: str, **more: Any) -> str:
        """Return an answer as text."""
        return self._send(ask(method, path, **more)).text

    def pages(self, type_: type[T], path: str, *, query: Mapping[str, Any] | None = None) -> Pages[T]:
        """Return a list."""
        given = {name: value for name, value in (query or {}).items() if value is not None}

        def fetch(cursor: str) -> Page[T]:
            return page_of(type_, self._send(ask("GET", path, query=_from(given, path, cursor))))

        return Pages(fetch)

    def download(self, path: str, to: Path | str, *, query: Mapping[str, Any] | None = None) -> Path:
        """Write an answer of any size to the file *to*: all of it or nothing; return its path."""
        target = Path(to)
        asked = ask("GET", path, query=query)
        with _replaced(target) as file:
            self._copy(asked, file)
        return target

    def live_changes(self, *, after: int | None = None) -> Iterator[Change]:
        """Give each change as it happens, without end; when the connection breaks, go on behind the last one.

        *after* is the sequence of the last change that was seen; without it, from now on.
        """
        attempt = 0
        while True:
            try:
                with self._stream(_live(after)) as response:
                    for change in changes_in(response.iter_lines()):
                        attempt, after = 0, change.sequence
                        yield change
            except (httpx.TransportError, AwayError) as error:
                attempt += 1
                wait_s = self._retries.wait_s(attempt, harmless=True)
                if wait_s is None:
                    raise AwayError(f"{self.server} is away: {error}") from error
                self._sleep(wait_s)

    def _copy(self, asked: Ask, file: IO[bytes]) -> None:
        attempt = 1
        while True:
            try:
                with self._stream(asked) as response:
                    for piece in response.iter_bytes():
                        file.write(piece)
                    return
            except httpx.TransportError as error:
                wait_s = self._wait(asked, attempt, None)
                if wait_s is None:
                    raise self._away(asked, error) from error
            file.seek(0)
            file.truncate()
            self._sleep(wait_s)
            attempt += 1

    @contextmanager
    def _stream(self, asked: Ask) -> Iterator[httpx.Response]:
        """Give an answer whose body is not read yet."""
        response = self._send(asked, stream=True)
        try:
            yield response
        finally:
            response.close()

    def _send(self, asked: Ask, *, stream: bool = False) -> httpx.Response:
        attempt = 1
        while True:
            response: httpx.Response | None = None
            try:
                response = self._http.send(self._request(asked), stream=stream)
                if response.is_success:
                    return response
                response.read()
                response.close()
                wait_s = self._wait(asked, attempt, response)
                if wait_s is None:
                    raise _problem(response)
            except httpx.TransportError as error:
                wait_s = self._wait(asked, attempt, None)
                if wait_s is None:
                    raise self._away(asked, error) from error
            self._sleep(wait_s)
            attempt += 1

    def _request(self, asked: Ask) -> httpx.Request:
        body: Any = asked.body if asked.content is None else pieces(asked.content)
        timeout = _timeout(asked, self._timeout_s)
        return self._http.build_request(
            asked.method, asked.path, params=asked.query, headers=asked.headers, content=body, timeout=timeout
        )


class AsyncCalls(_Shared):
    """Sends requests; every answer is awaited."""

    def __init__(
        self,
        server: str | None = None,
        *,
        token: str | None = None,
        profile: str | None = None,
        organisation: str | None = None,
        timeout_s: float = 30.0,
        retries: Retries | None = None,
    ) -> None:
        super().__init__(
            server,
            token=token,
            profile=profile,
            organisation=organisation,
            timeout_s=timeout_s,
            retries=retries,
        )
        self._http = httpx.AsyncClient(base_url=self.server, headers=self._headers, timeout=timeout_s)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def call(self, type_: type[T], method: str, path: str, **more: Any) -> T:
        """Return what one operation answers, as *type_*; *more* are the arguments of `wire.ask`."""
        return data_of(type_, await self._send(ask(method, path, **more)))

    async def bare(self, type_: type[T], method: str, path: str, **more: Any) -> T:
        """Return an answer that has no envelope."""
        return bare_of(type_, await self._send(ask(method, path, **more)))

    async def text(self, method: str, path: str, **more: Any) -> str:
        """Return an answer as text."""
        return (await self._send(ask(method, path, **more))).text

    def pages(self, type_: type[T], path: str, *, query: Mapping[str, Any] | None = None) -> AsyncPages[T]:
        """Return a list."""
        given = {name: value for name, value in (query or {}).items() if value is not None}

        async def fetch(cursor: str) -> Page[T]:
            return page_of(type_, await self._send(ask("GET", path, query=_from(given, path, cursor))))

        return AsyncPages(fetch)

    async def download(self, path: str, to: Path | str, *, query: Mapping[str, Any] | None = None) -> Path:
        """Write an answer of any size to the file *to*: all of it or nothing; return its path."""
        target = Path(to)
        asked = ask("GET", path, query=query)
        with _replaced(target) as file:
            await self._copy(asked, file)
        return target

    async def live_changes(self, *, after: int | None = None) -> AsyncIterator[Change]:
        """Give each change as it happens, without end; when the connection breaks, go on behind the last one.

        *after* is the sequence of the last change that was seen; without it, from now on.
        """
        attempt = 0
        while True:
            try:
                async with self._stream(_live(after)) as response:
                    async for change in async_changes_in(response.aiter_lines()):
                        attempt, after = 0, change.sequence
                        yield change
            except (httpx.TransportError, AwayError) as error:
                attempt += 1
                wait_s = self._retries.wait_s(attempt, harmless=True)
                if wait_s is None:
                    raise AwayError(f"{self.server} is away: {error}") from error
                await asyncio.sleep(wait_s)

    async def _copy(self, asked: Ask, file: IO[bytes]) -> None:
        attempt = 1
        while True:
            try:
                async with self._stream(asked) as response:
                    async for piece in response.aiter_bytes():
                        file.write(piece)
                    return
            except httpx.TransportError as error:
                wait_s = self._wait(asked, attempt, None)
                if wait_s is None:
                    raise self._away(asked, error) from error
            file.seek(0)
            file.truncate()
            await asyncio.sleep(wait_s)
            attempt += 1

    @asynccontextmanager
    async def _stream(self, asked: Ask) -> AsyncIterator[httpx.Response]:
        """Give an answer whose body is not read yet."""
        response = await self._send(asked, stream=True)
        try:
            yield response
        finally:
            await response.aclose()

    async def _send(self, asked: Ask, *, stream: bool = False) -> httpx.Response:
        attempt = 1
        while True:
            response: httpx.Response | None = None
            try:
                response = await self._http.send(self._request(asked), stream=stream)
                if response.is_success:
                    return response
                await response.aread()
                await response.aclose()
                wait_s = self._wait(asked, attempt, response)
                if wait_s is None:
                    raise _problem(response)
            except httpx.TransportError as error:
                wait_s = self._wait(asked, attempt, None)
                if wait_s is None:
                    raise self._away(asked, error) from error
            await asyncio.sleep(wait_s)
            attempt += 1

    def _request(self, asked: Ask) -> httpx.Request:
        body: Any = asked.body if asked.content is None else async_pieces(asked.content)
        timeout = _timeout(asked, self._timeout_s)
        return self._http.build_request(
            asked.method, asked.path, params=asked.query, headers=asked.headers, content=body, timeout=timeout
        )


def _from(given: Mapping[str, Any], path: str, cursor: str) -> dict[str, Any]:
    """Return the query of the page that begins at *cursor*; the log goes on behind a sequence."""
    if not cursor:
        return dict(given)
    return {**given, ("after" if path.endswith("/changes") else "cursor"): cursor}


def _live(after: int | None) -> Ask:
    headers = {"accept": "text/event-stream"}
    if after is not None:
        headers["last-event-id"] = str(after)
    return ask("GET", LIVE, headers=headers)


def _timeout(asked: Ask, timeout_s: float) -> httpx.Timeout:
    if asked.path == LIVE:
        return httpx.Timeout(timeout_s, read=_SILENCE_S)
    if asked.path.endswith(_UNHURRIED):
        return httpx.Timeout(timeout_s, read=None)
    return httpx.Timeout(timeout_s)
