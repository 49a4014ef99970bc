"""Serves the built dashboard beside the API: one origin, so that the session's cookie never leaves it."""

import gzip
import hashlib
import mimetypes
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Any

import msgspec

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]

STATIC = Path(__file__).parent / "static"
"""Where `make ui` puts what it built; the wheel carries it."""

_SERVER_PATHS = ("/api/", "/health/", "/metrics")
_INDEX = "/index.html"
_HASHED = "/assets/"
_WORTH_COMPRESSING = ("text/", "application/json", "image/svg+xml")
_SMALLEST_COMPRESSED_BYTES = 1_024

# Scripts and styles are files of this server and nothing else: what a target wrote can never become one.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
_HEADERS = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)

_NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Chariot</title>
<h1>The dashboard was not built</h1>
<p>It needs Node.js 20 or newer: install it and run <code>make ui</code>, then start the server again.</p>
<p>Everything else works: the API is at <code>/api/v1</code>, described by <code>/api/v1/openapi.json</code>.</p>
</html>
"""


class _File(msgspec.Struct, frozen=True):
    """One file as it is sent."""

    body: bytes
    compressed: bytes
    """Empty where compressing is not worth it."""
    headers: tuple[tuple[bytes, bytes], ...]
    etag: bytes


class Dashboard:
    """Answers for the dashboard's files and hands everything else to the API.

    An address of the application, such as `/risks`, gets the index: the page itself knows what to show there.
    """

    def __init__(self, inner: AsgiApp, folder: Path = STATIC) -> None:
        self._inner = inner
        self._files = _load(folder)

    @property
    def is_built(self) -> bool:
        """True when there is a dashboard to show."""
        return _INDEX in self._files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and not scope["path"].startswith(_SERVER_PATHS):
            await self._file(scope, send)
        else:
            await self._inner(scope, receive, send)

    async def _file(self, scope: Scope, send: Send) -> None:
        asked = dict(scope["headers"])
        if scope["method"] not in ("GET", "HEAD"):
            await _answer(send, 405, ((b"allow", b"GET, HEAD"),))
            return
        path = scope["path"]
        file = self._files.get(path) or (None if "." in path.rpartition("/")[2] else self._files.get(_INDEX))
        if file is None:
            text = b"" if self.is_built else _NOT_BUILT.encode()
            await _answer(send, 404, ((b"content-type", b"text/html; charset=utf-8"),), text)
            return
        if asked.get(b"if-none-match") == file.etag:
            await _answer(send, 304, file.headers)
            return
        body, headers = file.body, file.headers
        if file.compressed and b"gzip" in asked.get(b"accept-encoding", b""):
            body, headers = file.compressed, (*headers, (b"content-encoding", b"gzip"))
        await _answer(send, 200, headers, body, head=scope["method"] == "HEAD")


async def _answer(
    send: Send,
    status: int,
    headers: tuple[tuple[bytes, bytes], ...],
    body: bytes = b"",
    *,
    head: bool = False,
) -> None:
    length = () if status == 304 else ((b"content-length", str(len(body)).encode()),)
    await send({"type": "http.response.start", "status": status, "headers": [*_HEADERS, *headers, *length]})
    await send({"type": "http.response.body", "body": b"" if head else body})


def _load(folder: Path) -> Mapping[str, _File]:
    """Return every file below *folder* by the path of its URL. They are few, and small enough to stay in memory."""
    if not folder.is_dir():
        return {}
    return {
        f"/{path.relative_to(folder).as_posix()}": _read(path, folder)
        for path in folder.rglob("*")
        if path.is_file()
    }


def _read(path: Path, folder: Path) -> _File:
    body = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    kind = "text/javascript" if kind == "application/javascript" else kind
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'.encode()
    # The name of a built file holds the hash of its content, so it never changes under its name.
    hashed = f"/{path.relative_to(folder).as_posix()}".startswith(_HASHED)
    worth = kind.startswith(_WORTH_COMPRESSING) and len(body) >= _SMALLEST_COMPRESSED_BYTES
    return _File(
        body=body,
        compressed=gzip.compress(body, mtime=0) if worth else b"",
        headers=(
            (b"content-type", f"{kind}; charset=utf-8".encode() if "text" in kind else kind.encode()),
            (b"cache-control", b"public, max-age=31536000, immutable" if hashed else b"no-cache"),
            (b"vary", b"accept-encoding"),
            (b"etag", etag),
        ),
        etag=etag,
    )
