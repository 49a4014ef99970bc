"""Sessions of the dashboard: the caller's token travels in a cookie that no script can read.

The cookie is the token itself, so that a session ends everywhere when its token does, and any process of the server
knows it. A request that changes something counts only when it comes from the dashboard's own pages.
"""

import secrets
import time
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie

from chariot.entrypoints.dashboard.app import AsgiApp, Message, Receive, Scope, Send

COOKIE = "chariot_session"
PATH = "/api/v1/session"
ORGANISATION = b"chariot-organisation"
"""A header of the API; in links, a part of the query."""

_CODE_TTL_S = 900.0
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_ATTRIBUTES = "Path=/; HttpOnly; SameSite=Strict"
_LONGEST_COOKIE_BYTES = 8_192


class CookieSessions:
    """Turns the cookie into the token that the API expects.

    `POST /api/v1/session` begins a session, by `Authorization: Bearer <token>` or by `Authorization: Code <code>`;
    `DELETE` ends it; `GET` belongs to the API and tells whose it is. Links, and streams of a browser, cannot send
    headers: there the query names the organisation that is asked for.
    """

    def __init__(self, inner: AsgiApp, token: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._inner = inner
        self._token = token
        self._clock = clock
        self._codes: dict[str, float] = {}

    def one_time_code(self) -> str:
        """Return a code that begins one session with this server's own token, within a quarter of an hour."""
        code = secrets.token_urlsafe(24)
        self._codes[code] = self._clock() + _CODE_TTL_S
        return code

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] not in ("http", "websocket"):
            await self._inner(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if scope["type"] == "http" and scope["path"] == PATH and scope["method"] in ("POST", "DELETE"):
            # A program that ends its session says whose it is; only a browser's is in a cookie.
            if scope["method"] == "DELETE" and b"authorization" in headers:
                await self._inner(scope, receive, send)
            else:
                await self._change(scope, headers, receive, send)
            return
        token = _cookie(headers)
        if token and b"authorization" not in headers and _may_act(scope, headers):
            scope = _with_organisation(scope, headers)
            scope = {**scope, "headers": [*scope["headers"], (b"authorization", f"Bearer {token}".encode())]}
        await self._inner(scope, receive, send)

    async def _change(self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, send: Send) -> None:
        if not _is_own(headers):
            # Without an identity the API answers for itself, in its own words.
            await self._inner({**scope, "method": "GET", "headers": _anonymous(scope)}, receive, send)
            return
        if scope["method"] == "DELETE":
            await self._end(scope, headers, receive)
            await _answer(send, f"{COOKIE}=; Max-Age=0; {_ATTRIBUTES}")
            return
        token = self._proven(headers.get(b"authorization", b"").decode("latin-1"))
        known = [*_anonymous(scope), (b"authorization", f"Bearer {token}".encode("latin-1"))]

        async def reply(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                cookie = f"{COOKIE}={token}; {_ATTRIBUTES}".encode("latin-1")
                message["headers"] = [*message["headers"], (b"set-cookie", cookie)]
            await send(message)

        await self._inner({**scope, "method": "GET", "headers": known}, receive, reply)

    async def _end(self, scope: Scope, headers: dict[bytes, bytes], receive: Receive) -> None:
        """End the session for the server too; for the browser it ends whatever the server says."""
        token = _cookie(headers)
        if not token:
            return

        async def unheard(_message: Message) -> None:
            return

        known = [*_anonymous(scope), (b"authorization", f"Bearer {token}".encode())]
        await self._inner({**scope, "headers": known}, receive, unheard)

    def _proven(self, authorization: str) -> str:
        """Return the token that a request proves to have; an empty one is known to nobody."""
        scheme, _, value = authorization.partition(" ")
        if scheme.lower() == "code":
            return self._token if self._codes.pop(value, 0.0) > self._clock() else ""
        # What would end the cookie, or begin another attribute of it, is in no token.
        return value if scheme.lower() == "bearer" and not set(value) & set(';," \\') else ""


def _with_organisation(scope: Scope, headers: dict[bytes, bytes]) -> Scope:
    """Return *scope* with the organisation of its query as the header that the API expects."""
    query = scope.get("query_string", b"")
    if scope.get("method") not in _SAFE or ORGANISATION + b"=" not in query or ORGANISATION in headers:
        return scope
    parts = [part.partition(b"=") for part in query.split(b"&")]
    named = [value for name, _, value in parts if name == ORGANISATION]
    rest = b"&".join(name + mark + value for name, mark, value in parts if name != ORGANISATION)
    # Who names two has named none that there is: the API refuses it in its own words.
    added = [(ORGANISATION, b",".join(named))] if named else []
    return {**scope, "query_string": rest, "headers": [*scope["headers"], *added]}


def _anonymous(scope: Scope) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in scope["headers"] if name not in (b"authorization", b"cookie")]


def _cookie(headers: dict[bytes, bytes]) -> str:
    raw = headers.get(b"cookie", b"")
    if not raw or len(raw) > _LONGEST_COOKIE_BYTES:
        return ""
    try:
        found = SimpleCookie(raw.decode("latin-1")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found is not None else ""


def _may_act(scope: Scope, headers: dict[bytes, bytes]) -> bool:
    """Tell whether the cookie counts: another site can make a browser send it, but cannot say that it did not."""
    return (scope["type"] == "http" and scope["method"] in _SAFE and b"origin" not in headers) or _is_own(
        headers
    )


def _is_own(headers: dict[bytes, bytes]) -> bool:
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return site == b"same-origin"
    # A browser that does not tell the site tells the origin of everything that may change something.
    _, _, host = headers.get(b"origin", b"").partition(b"://")
    return host != b"" and host == headers.get(b"host")


async def _answer(send: Send, cookie: str) -> None:
    headers = [(b"set-cookie", cookie.encode()), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
