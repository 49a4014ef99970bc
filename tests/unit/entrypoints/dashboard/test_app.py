"""The dashboard's files: what is sent, with which headers, and what goes on to the API."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from chariot.entrypoints.dashboard.app import Dashboard

INDEX = b"<!doctype html><title>Chariot</title>" + b" " * 2_000
SCRIPT = b"export const answer = 42;" * 100


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_bytes(INDEX)
    (tmp_path / "assets" / "main-1a2b.js").write_bytes(SCRIPT)
    return tmp_path


class Answer:
    """What one request got."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self.body += message["body"]


async def api(scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"api " + scope["path"].encode()})


async def ask(folder: Path, path: str, *, method: str = "GET", **headers: str) -> Answer:
    answer = Answer()
    sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "headers": sent}

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    await Dashboard(api, folder)(scope, receive, answer.send)
    return answer


@pytest.mark.parametrize("path", ["/", "/risks", "/entity", "/index.html"])
async def test_every_address_of_the_application_gets_the_index(folder: Path, path: str) -> None:
    answer = await ask(folder, path)

    assert (answer.status, answer.body) == (200, INDEX)
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/api/v1/risks", "/health/live", "/metrics"])
async def test_the_paths_of_the_api_go_on_to_it(folder: Path, path: str) -> None:
    assert (await ask(folder, path)).body == b"api " + path.encode()


async def test_a_hashed_file_may_be_kept_for_ever(folder: Path) -> None:
    answer = await ask(folder, "/assets/main-1a2b.js")

    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]


async def test_a_file_is_compressed_for_those_who_can_read_it(folder: Path) -> None:
    answer = await ask(folder, "/assets/main-1a2b.js", accept_encoding="gzip, br")

    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(answer.body) == SCRIPT


async def test_a_file_that_the_browser_has_is_not_sent_again(folder: Path) -> None:
    first = await ask(folder, "/")

    again = await ask(folder, "/", if_none_match=first.headers["etag"])

    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("path", ["/assets/other.js", "/../secret.txt", "/assets/../../secret.txt", "/.env"])
async def test_a_file_that_was_not_built_is_not_found(folder: Path, path: str) -> None:
    (folder.parent / "secret.txt").write_text("secret")

    answer = await ask(folder, path)

    assert answer.status == 404
    assert b"secret" not in answer.body


async def test_nothing_but_files_of_this_server_may_run_in_the_page(folder: Path) -> None:
    policy = (await ask(folder, "/")).headers["content-security-policy"]

    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy


async def test_files_are_only_read(folder: Path) -> None:
    assert (await ask(folder, "/", method="POST")).status == 405
    assert (await ask(folder, "/", method="HEAD")).body == b""


async def test_a_dashboard_that_was_not_built_says_what_to_do(tmp_path: Path) -> None:
    answer = await ask(tmp_path / "missing", "/")

    assert answer.status == 404
    assert b"make ui" in answer.body
    assert (await ask(tmp_path / "missing", "/health/live")).status == 200
