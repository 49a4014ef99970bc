"""Fetching feeds from a server on this machine."""

import pytest
from aiohttp import web

from chariot.adapters.feed_download import HttpDownloads
from chariot.adapters.webhook.guard import Guard
from chariot.errors import InvalidError, UnavailableError

BODY = bytes(range(256)) * 40


class Publisher:
    """A web server with one file."""

    def __init__(self):
        self.seen = []
        self.etag = '"one"'
        self.break_after = None
        self.url = ""

    async def answer(self, request):
        self.seen.append(request.headers)
        if request.path == "/moved":
            raise web.HTTPFound("/file")
        if request.path == "/inside":
            raise web.HTTPFound("http://10.0.0.1/file")
        if request.path == "/round":
            raise web.HTTPFound("/round")
        if request.path != "/file":
            raise web.HTTPNotFound
        if request.headers.get("If-None-Match") == self.etag:
            return web.Response(status=304)
        start = 0
        if request.headers.get("If-Range") == self.etag:
            start = int(request.headers["Range"].removeprefix("bytes=").rstrip("-"))
        response = web.StreamResponse(status=206 if start else 200, headers={"ETag": self.etag})
        response.content_length = len(BODY) - start
        await response.prepare(request)
        if self.break_after is not None:
            await response.write(BODY[start : self.break_after])
            request.transport.close()
            return response
        await response.write(BODY[start:])
        return response


@pytest.fixture
async def publisher():
    server = Publisher()
    app = web.Application()
    app.router.add_route("GET", "/{tail:.*}", server.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


@pytest.fixture
def downloads(tmp_path):
    return HttpDownloads(tmp_path / "feeds", Guard(["127.0.0.0/8"]))


async def test_a_file_is_fetched_and_not_again_until_it_changes(publisher, downloads):
    first = await downloads.fetch(f"{publisher.url}/file", "x")
    data = first.path.read_bytes()
    downloads.taken_in("x")
    second = await downloads.fetch(f"{publisher.url}/file", "x")
    publisher.etag = '"two"'
    third = await downloads.fetch(f"{publisher.url}/file", "x")

    assert (data, second.path, third.path.read_bytes()) == (BODY, None, BODY)


async def test_what_was_refused_is_fetched_again(publisher, downloads):
    await downloads.fetch(f"{publisher.url}/file", "x")
    downloads.discard("x")

    assert (await downloads.fetch(f"{publisher.url}/file", "x")).path is not None


async def test_a_fetch_that_broke_off_goes_on(publisher, downloads):
    publisher.break_after = 4_000
    with pytest.raises(UnavailableError, match="ask again"):
        await downloads.fetch(f"{publisher.url}/file", "x")
    publisher.break_after = None

    fetched = await downloads.fetch(f"{publisher.url}/file", "x")

    assert fetched.path.read_bytes() == BODY
    assert fetched.fetched_bytes < len(BODY)


async def test_a_file_that_changed_meanwhile_is_fetched_whole(publisher, downloads):
    publisher.break_after = 4_000
    with pytest.raises(UnavailableError):
        await downloads.fetch(f"{publisher.url}/file", "x")
    publisher.break_after, publisher.etag = None, '"two"'

    fetched = await downloads.fetch(f"{publisher.url}/file", "x")

    assert (fetched.path.read_bytes(), fetched.fetched_bytes) == (BODY, len(BODY))


async def test_redirects_are_followed_and_checked(publisher, downloads):
    assert (await downloads.fetch(f"{publisher.url}/moved", "x")).path is not None
    with pytest.raises(InvalidError):
        await downloads.fetch(f"{publisher.url}/inside", "y")
    with pytest.raises(UnavailableError, match="redirected"):
        await downloads.fetch(f"{publisher.url}/round", "z")


async def test_what_is_too_large_is_refused(publisher, tmp_path):
    small = HttpDownloads(tmp_path / "feeds", Guard(["127.0.0.0/8"]), max_bytes=100)

    with pytest.raises(InvalidError, match="larger"):
        await small.fetch(f"{publisher.url}/file", "x")


async def test_nothing_is_fetched_from_inside_or_without_tls(publisher, tmp_path):
    strict = HttpDownloads(tmp_path / "feeds", Guard())

    with pytest.raises(InvalidError):
        await strict.fetch(f"{publisher.url}/file", "x")
    with pytest.raises(InvalidError, match="https"):
        await strict.fetch("ftp://127.0.0.1/file", "x")


async def test_a_file_that_is_not_there_is_said(publisher, downloads):
    with pytest.raises(UnavailableError, match="404"):
        await downloads.fetch(f"{publisher.url}/nothing", "x")
