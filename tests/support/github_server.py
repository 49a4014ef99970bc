"""A repository as GitHub's reference of the REST API (2022-11-28) describes it: code scanning both ways."""

import base64
import gzip
import json
from typing import Any

from aiohttp import web

from support.served import Faults

TOKEN = "ghp-t0ken"
HEAD = "a" * 40


def alert(number: int, **more: Any) -> dict[str, Any]:
    """Return a code scanning alert."""
    return {
        "number": number,
        "state": "open",
        "html_url": f"https://github.com/acme/shop/security/code-scanning/{number}",
        "rule": {"id": f"js/rule-{number}", "severity": "error", "description": "A rule"},
        "tool": {"name": "CodeQL"},
        "created_at": "2026-01-05T10:00:00Z",
        "most_recent_instance": {
            "ref": "refs/heads/main",
            "commit_sha": HEAD,
            "location": {"path": f"src/{number}.js", "start_line": 3},
            "message": {"text": "Wrong"},
        },
    } | more


class GitHubServer:
    """One repository."""

    def __init__(self, *, alerts: int = 0, page: int = 2) -> None:
        self.faults = Faults()
        self.uploads: list[dict[str, Any]] = []
        self.alerts = [alert(number) for number in range(1, alerts + 1)]
        self.polls_until_done = 1
        self.errors: list[str] = []
        self.next_host = ""
        """Where links to next pages lead, when not here."""
        self._page = page
        self._polls = 0

    async def handle(self, request: web.Request) -> web.Response:  # noqa: PLR0911 - one for each address
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({"message": "Bad credentials"}, status=401)
        path = request.path.removeprefix("/repos/acme/shop")
        match request.method, path:
            case "GET", "":
                return web.json_response({"full_name": "acme/shop"})
            case "GET", "/git/ref/heads/main":
                return web.json_response({"ref": "refs/heads/main", "object": {"sha": HEAD}})
            case "POST", "/code-scanning/sarifs":
                body = await request.json()
                sarif = json.loads(gzip.decompress(base64.b64decode(body["sarif"])))
                self.uploads.append(body | {"sarif": sarif})
                return web.json_response({"id": "47177e22", "url": "…"}, status=202)
            case "GET", "/code-scanning/sarifs/47177e22":
                return self._processing()
            case "GET", "/code-scanning/alerts":
                return self._alerts(request)
        return web.json_response({"message": "Not Found"}, status=404)

    def _processing(self) -> web.Response:
        self._polls += 1
        if self._polls < self.polls_until_done:
            return web.json_response({"processing_status": "pending"})
        state = "failed" if self.errors else "complete"
        return web.json_response({"processing_status": state, "errors": self.errors or None})

    def _alerts(self, request: web.Request) -> web.Response:
        number = int(request.query.get("page", "1"))
        start = (number - 1) * self._page
        page = self.alerts[start : start + self._page]
        host = self.next_host or f"http://{request.host}"
        address = f"{host}{request.path}?per_page=100&page={number + 1}"
        link = f'<{host}/first>; rel="first"'
        if start + self._page < len(self.alerts):
            link = f'<{address}>; rel="next", {link}'
        return web.json_response(page, headers={"Link": link})
