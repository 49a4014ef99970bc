from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from chariot.adapters.outgoing.client import Outgoing
from chariot.adapters.outgoing.downloads import HttpDownloads
from chariot.adapters.webhook.guard import Guard
from chariot.errors import ChariotError, InvalidError, NotFoundError, UnavailableError
from chariot.modules.integrations.ports import Fetched
from support.served import Faults, served


class Files:
    """A server with one file that has an ETag, and what other addresses say."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.tokens: list[str | None] = []
        self.elsewhere = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:  # noqa: PLR0911 - one for each address
        self.tokens.append(request.headers.get("Authorization"))
        match request.path:
            case "/scan.xml":
                if request.headers.get("If-None-Match") == '"v1"':
                    return web.Response(status=304)
                return web.Response(body=b"<scan/>", headers={"ETag": '"v1"'})
            case "/moved":
                return web.Response(status=302, headers={"Location": "/scan.xml"})
            case "/away":
                return web.Response(status=302, headers={"Location": self.elsewhere})
            case "/loop":
                return web.Response(status=302, headers={"Location": f"/loop?{len(self.tokens)}"})
            case "/inside":
                return web.Response(status=302, headers={"Location": "http://169.254.169.254/latest"})
        return web.Response(status=404)


@pytest.fixture
def files() -> Files:
    return Files()


@pytest.fixture
async def address(files: Files) -> AsyncIterator[str]:
    async with served(files.handle, files.faults) as found:
        yield found


async def fetch(address: str, to: Path, **asked: Any) -> Fetched | None:
    downloads = HttpDownloads(Outgoing(Guard(["127.0.0.0/8"]), timeout_s=5))
    more = {"headers": {}, "etag": "", "modified": "", "limit_bytes": 1_000} | asked
    return await downloads.fetch(address, to, **more)


async def test_a_file_is_fetched_with_what_tells_whether_it_changed(address: str, tmp_path: Path) -> None:
    fetched = await fetch(f"{address}/scan.xml", tmp_path / "f")

    assert fetched == Fetched(7, '"v1"', "")
    assert (tmp_path / "f").read_bytes() == b"<scan/>"


async def test_what_did_not_change_is_not_sent(address: str, tmp_path: Path) -> None:
    assert await fetch(f"{address}/scan.xml", tmp_path / "f", etag='"v1"') is None


async def test_a_redirect_is_followed_with_the_token_on_the_same_system(
    address: str, files: Files, tmp_path: Path
) -> None:
    await fetch(f"{address}/moved", tmp_path / "f", headers={"Authorization": "Bearer t"})

    assert files.tokens == ["Bearer t", "Bearer t"]


async def test_a_token_does_not_go_to_another_system(address: str, files: Files, tmp_path: Path) -> None:
    other = Files()
    async with served(other.handle, other.faults) as elsewhere:
        files.elsewhere = f"{elsewhere}/scan.xml"
        await fetch(f"{address}/away", tmp_path / "f", headers={"Authorization": "Bearer t"})

    assert (files.tokens, other.tokens) == (["Bearer t"], [None])


@pytest.mark.parametrize(
    ("path", "error", "text"),
    [
        ("/none", NotFoundError, "nothing there"),
        ("/loop", InvalidError, "more than 5 times"),
        ("/inside", InvalidError, "not public"),
    ],
)
async def test_what_cannot_be_fetched_says_why(
    address: str, tmp_path: Path, path: str, error: type[ChariotError], text: str
) -> None:
    with pytest.raises(error, match=text):
        await fetch(f"{address}{path}", tmp_path / "f")


async def test_a_file_that_is_too_large_is_given_up(address: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidError, match="larger than 3 bytes"):
        await fetch(f"{address}/scan.xml", tmp_path / "f", limit_bytes=3)


@pytest.mark.parametrize(
    ("status", "error"), [(401, InvalidError), (500, UnavailableError), (418, InvalidError)]
)
async def test_a_refusal_is_told(
    address: str, files: Files, tmp_path: Path, status: int, error: type[ChariotError]
) -> None:
    files.faults.add(status)

    with pytest.raises(error):
        await fetch(f"{address}/scan.xml", tmp_path / "f")
