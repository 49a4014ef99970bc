"""Sessions of the dashboard: a cookie for the pages of this server, and for nobody else."""

from typing import Any

import pytest

from chariot.entrypoints.dashboard.sessions import COOKIE, CookieSessions

TOKEN = "chariot_secret-token"
OWN = {"sec-fetch-site": "same-origin", "host": "127.0.0.1:8642"}


class Server:
    """An API that knows one token, behind the sessions."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sessions = CookieSessions(self._api, TOKEN, clock=lambda: self.now)
        self.seen: list[str] = []

    async def _api(self, scope: Any, _receive: Any, send: Any) -> None:
        given = dict(scope["headers"]).get(b"authorization", b"").decode()
        self.seen.append(f"{scope.get('method', 'WS')} {given}")
        status = 200 if given == f"Bearer {TOKEN}" else 401
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def ask(
        self, method: str, path: str, headers: dict[str, str], *, kind: str = "http"
    ) -> dict[str, Any]:
        answer: dict[str, Any] = {"cookie": ""}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                answer["status"] = message["status"]
                answer["cookie"] = dict(message["headers"]).get(b"set-cookie", b"").decode()

        async def receive() -> Any:
            return {"type": "http.request", "body": b""}

        sent = [(name.encode(), value.encode()) for name, value in headers.items()]
        await self.sessions({"type": kind, "method": method, "path": path, "headers": sent}, receive, send)
        return answer

    async def begin(self, authorization: str, headers: dict[str, str]) -> dict[str, Any]:
        return await self.ask("POST", "/api/v1/session", {**headers, "authorization": authorization})


@pytest.fixture
def server() -> Server:
    return Server()


async def test_a_known_token_begins_a_session_that_no_script_can_read(server: Server) -> None:
    answer = await server.begin(f"Bearer {TOKEN}", OWN)

    assert answer["status"] == 200
    assert answer["cookie"].startswith(f"{COOKIE}={TOKEN};")
    assert "HttpOnly" in answer["cookie"]
    assert "SameSite=Strict" in answer["cookie"]


@pytest.mark.parametrize(
    "given", ["Bearer other", "Basic eDp5", "", "Code other", f"Bearer {TOKEN}; Domain=x"]
)
async def test_what_the_server_does_not_know_begins_no_session(server: Server, given: str) -> None:
    assert await server.begin(given, OWN) == {"status": 401, "cookie": ""}


async def test_the_cookie_stands_for_the_token(server: Server) -> None:
    answer = await server.ask("GET", "/api/v1/risks", {**OWN, "cookie": f"{COOKIE}={TOKEN}"})

    assert answer["status"] == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "https://evil.example", "host": "127.0.0.1:8642"},
        {"origin": "null", "host": "127.0.0.1:8642"},
        {"host": "127.0.0.1:8642"},
    ],
)
@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
async def test_another_site_cannot_act_with_the_cookie(
    server: Server, method: str, headers: dict[str, str]
) -> None:
    answer = await server.ask(method, "/api/v1/seeds", {**headers, "cookie": f"{COOKIE}={TOKEN}"})

    assert answer["status"] == 401


async def test_another_site_cannot_begin_or_end_a_session(server: Server) -> None:
    foreign = {"sec-fetch-site": "cross-site"}

    begun = await server.begin(f"Bearer {TOKEN}", foreign)
    ended = await server.ask("DELETE", "/api/v1/session", {**foreign, "cookie": f"{COOKIE}={TOKEN}"})

    assert begun == ended == {"status": 401, "cookie": ""}


async def test_a_page_of_another_site_cannot_listen_to_changes(server: Server) -> None:
    foreign = {"origin": "https://evil.example", "host": "127.0.0.1:8642", "cookie": f"{COOKIE}={TOKEN}"}

    await server.ask("GET", "/api/v1/changes/live", foreign, kind="websocket")

    assert server.seen == ["GET "]


async def test_a_browser_that_tells_only_the_origin_is_understood(server: Server) -> None:
    own = {"origin": "http://127.0.0.1:8642", "host": "127.0.0.1:8642"}

    answer = await server.ask("POST", "/api/v1/seeds", {**own, "cookie": f"{COOKIE}={TOKEN}"})

    assert answer["status"] == 200


async def test_a_token_in_the_header_comes_before_the_cookie(server: Server) -> None:
    headers = {**OWN, "authorization": "Bearer mine", "cookie": f"{COOKIE}={TOKEN}"}

    assert (await server.ask("GET", "/api/v1/risks", headers))["status"] == 401


async def test_a_code_begins_one_session(server: Server) -> None:
    code = server.sessions.one_time_code()

    assert (await server.begin(f"Code {code}", OWN))["status"] == 200
    assert (await server.begin(f"Code {code}", OWN))["status"] == 401


async def test_a_code_that_nobody_used_ends_by_itself(server: Server) -> None:
    code = server.sessions.one_time_code()
    server.now = 901.0

    assert (await server.begin(f"Code {code}", OWN))["status"] == 401


async def test_ending_a_session_forgets_the_cookie(server: Server) -> None:
    answer = await server.ask("DELETE", "/api/v1/session", {**OWN, "cookie": f"{COOKIE}={TOKEN}"})

    assert answer["status"] == 204
    assert "Max-Age=0" in answer["cookie"]


@pytest.mark.parametrize("cookie", ["", "=", ";;;", "a=b", f"{COOKIE}=", f"{COOKIE}=" + "x" * 9_000, '\x00"'])
async def test_a_broken_cookie_is_nobody(server: Server, cookie: str) -> None:
    assert (await server.ask("GET", "/api/v1/risks", {**OWN, "cookie": cookie}))["status"] == 401


class Organisations:
    """An API that tells which organisation it was asked for, and with which query."""

    def __init__(self) -> None:
        self.sessions = CookieSessions(self._api, TOKEN)
        self.asked: tuple[bytes | None, bytes] = (None, b"")

    async def _api(self, scope: Any, _receive: Any, _send: Any) -> None:
        self.asked = (dict(scope["headers"]).get(b"chariot-organisation"), scope["query_string"])

    async def ask(self, method: str, query: bytes, headers: dict[str, str]) -> tuple[bytes | None, bytes]:
        async def nothing(*_: Any) -> Any:
            return {"type": "http.request", "body": b""}

        sent = [(name.encode(), value.encode()) for name, value in headers.items()]
        scope = {"type": "http", "method": method, "path": "/", "headers": sent, "query_string": query}
        await self.sessions(scope, nothing, nothing)
        return self.asked


SIGNED_IN = {**OWN, "cookie": f"{COOKIE}={TOKEN}"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (b"chariot-organisation=acme", (b"acme", b"")),
        (b"limit=2&chariot-organisation=acme&x=a%26b", (b"acme", b"limit=2&x=a%26b")),
        (b"limit=2", (None, b"limit=2")),
        (b"xchariot-organisation=acme", (None, b"xchariot-organisation=acme")),
        (b"chariot-organisation=a&chariot-organisation=b", (b"a,b", b"")),
    ],
)
async def test_a_link_names_the_organisation_in_its_query(
    query: bytes, expected: tuple[bytes | None, bytes]
) -> None:
    assert await Organisations().ask("GET", query, SIGNED_IN) == expected


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("POST", SIGNED_IN),
        ("GET", OWN),
        ("GET", {**SIGNED_IN, "authorization": "Bearer other"}),
    ],
)
async def test_only_reading_by_the_cookie_names_it_so(method: str, headers: dict[str, str]) -> None:
    organisation, query = await Organisations().ask(method, b"chariot-organisation=acme", headers)

    assert (organisation, query) == (None, b"chariot-organisation=acme")


async def test_a_header_counts_more_than_the_query() -> None:
    named = {**SIGNED_IN, "chariot-organisation": "globex"}

    organisation, _ = await Organisations().ask("GET", b"chariot-organisation=acme", named)

    assert organisation == b"globex"
