"""A third party on loopback that answers as it is told, and remembers how it was asked."""

from collections.abc import Callable
from types import TracebackType
from typing import Self

from aiohttp import web

Answer = Callable[[web.Request], web.Response]


class SourceServer:
    """Answers each path by a function; what is not declared is not found."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        """Path with query, and headers, of each request."""
        self._runner: web.AppRunner | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def says(self, path: str, body: bytes = b"", *, status: int = 200, **headers: str) -> None:
        """Have *path* answered so; an underscore in a header's name stands for a hyphen."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = lambda _: web.Response(status=status, body=body, headers=named)

    async def _handle(self, request: web.Request) -> web.Response:
        self.asked.append((str(request.rel_url), dict(request.headers)))
        answer = self.answers.get(request.path)
        return answer(request) if answer is not None else web.Response(status=404)

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.router.add_route("*", "/{tail:.*}", self._handle)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._runner is not None
        await self._runner.cleanup()
