import asyncio
import gzip
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chariot.adapters.network.exchange import Body, read_head, target_of
from chariot.capability import NoAnswerError
from chariot.errors import InvalidError
from chariot.model.kinds.work import Seed

from .loopback import answering, egress, listening

LOOPBACK = Seed(value="127.0.0.0/24")
OK = b"HTTP/1.1 200 OK\r\n"


def fed(data: bytes) -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=65_536)
    reader.feed_data(data)
    reader.feed_eof()
    return reader


@pytest.mark.parametrize(
    ("url", "host", "port", "path", "authority"),
    [
        ("http://A.Example", "a.example", 80, "/", "a.example"),
        ("https://a.example:443/x?y=1#z", "a.example", 443, "/x?y=1", "a.example"),
        ("http://[2001:db8::1]:8080/", "2001:db8::1", 8080, "/", "[2001:db8::1]:8080"),
        ("http://192.0.2.7:81/a b", "192.0.2.7", 81, "/a%20b", "192.0.2.7:81"),
        ("https://bücher.example/", "xn--bcher-kva.example", 443, "/", "xn--bcher-kva.example"),
    ],
)
def test_a_url_leads_to_one_host_and_port(url, host, port, path, authority) -> None:
    target = target_of(url)

    assert (target.host, target.port, target.path, target.authority) == (host, port, path, authority)


@pytest.mark.parametrize(
    "url",
    [
        "gopher://a.example/",
        "http://a.example:99999/",
        "http://a.example/\r\nX: y",
        "//a.example/",
        "http://[::1",
        "http://a_.-/",
        "http://" + "a" * 9_000,
    ],
)
def test_what_is_no_web_address_is_refused(url) -> None:
    with pytest.raises(InvalidError):
        target_of(url)


@settings(deadline=None)
@given(st.text())
def test_any_text_is_a_target_or_refused_and_never_splits_the_request(text) -> None:
    try:
        request = target_of(f"http://a.example/{text}").request
    except InvalidError:
        return
    assert request.count(b"\r\n") == 7
    assert request.isascii()


async def test_headers_keep_their_order_and_become_text_whatever_their_bytes() -> None:
    head = b"HTTP/1.0 404\r\nSet-Cookie: a\r\nset-cookie:b\r\nX: \xff\x00\r\nnoise\r\nY: \xc3\xa9\r\n\r\n"

    assert await read_head(fed(head)) == (
        404,
        (("Set-Cookie", "a"), ("set-cookie", "b"), ("X", "ÿ\N{REPLACEMENT CHARACTER}"), ("Y", "é")),
    )


async def test_interim_answers_are_passed_over() -> None:
    assert await read_head(fed(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK + b"\r\n")) == (200, ())


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        OK,
        OK + b"A: " + b"x" * 70_000 + b"\r\n\r\n",
        OK + b"A: b\r\n" * 201 + b"\r\n",
        OK + (b"A: " + b"x" * 1_000 + b"\r\n") * 100 + b"\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 6,
    ],
    ids=["silence", "other", "no status", "no end", "endless line", "too many", "too large", "interim only"],
)
async def test_what_is_no_bounded_head_is_no_answer(head) -> None:
    with pytest.raises(NoAnswerError):
        await read_head(fed(head))


@settings(deadline=None)
@given(st.binary(max_size=2_000))
async def test_any_bytes_are_a_head_or_no_answer(data) -> None:
    try:
        status, _ = await read_head(fed(OK + data))
    except NoAnswerError:
        return
    assert 200 <= status <= 999


async def body_of(headers: dict[str, str], data: bytes, limit_bytes: int = 1_000) -> tuple[bytes, bool]:
    body = Body(fed(data), tuple(headers.items()), limit_bytes)
    await body.read()
    return body.data, body.is_cut()


@pytest.mark.parametrize(
    ("headers", "data", "expected"),
    [
        ({"Content-Length": "5"}, b"hello, world", (b"hello", False)),
        ({"Content-Length": "50"}, b"hello", (b"hello", True)),
        ({"Content-Length": "2000"}, b"x" * 2_000, (b"x" * 1_000, True)),
        ({"Content-Length": "1000"}, b"x" * 1_000, (b"x" * 1_000, False)),
        ({"Content-Length": "nonsense"}, b"hello", (b"hello", False)),
        ({}, b"hello", (b"hello", False)),
        ({}, b"x" * 1_001, (b"x" * 1_000, True)),
        ({"Transfer-Encoding": "chunked"}, b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", (b"abcde", False)),
        ({"Transfer-Encoding": "chunked"}, b"3\r\nabc\r\nzz\r\n", (b"abc", True)),
        ({"Transfer-Encoding": "chunked"}, b"-5\r\nabc\r\n", (b"", True)),
        ({"Transfer-Encoding": "chunked"}, b"fffffffff\r\n" + b"x" * 3_000, (b"x" * 1_000, True)),
        ({"Content-Encoding": "gzip"}, gzip.compress(b"hello", mtime=0), (b"hello", False)),
        ({"Content-Encoding": "deflate"}, zlib.compress(b"hello"), (b"hello", False)),
        ({"Content-Encoding": "gzip"}, b"not gzip", (b"", True)),
        ({"Content-Encoding": "br"}, b"as it is", (b"as it is", False)),
    ],
)
async def test_a_body_ends_where_it_says_or_at_the_limit(headers, data, expected) -> None:
    assert await body_of(headers, data) == expected


async def test_a_compression_bomb_is_cut_at_the_limit() -> None:
    bomb = gzip.compress(bytes(50_000_000), mtime=0)

    data, cut = await body_of({"Content-Encoding": "gzip"}, bomb, 10_000)

    assert (len(data), cut) == (10_000, True)


async def test_what_follows_the_compressed_part_is_not_collected() -> None:
    data, cut = await body_of({"Content-Encoding": "gzip"}, gzip.compress(b"hello", mtime=0) + b"x" * 200_000)

    assert (data, cut) == (b"hello", True)


async def test_an_endless_body_is_cut_when_time_is_up(make_network) -> None:
    async def handler(reader, writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK + b"\r\nfirst")
        await writer.drain()
        await reader.read()

    async with listening(handler) as server:
        network = make_network(egress(LOOPBACK))
        answer = await network.get(f"http://127.0.0.1:{server.port}/", timeout_s=0.2)

    assert (answer.body, answer.cut) == (b"first", True)


async def test_an_answer_without_a_body_is_not_waited_for(make_network) -> None:
    async with listening(answering(b"HTTP/1.1 204 No Content\r\n\r\n")) as server:
        network = make_network(egress(LOOPBACK))
        answer = await network.get(f"http://127.0.0.1:{server.port}/", timeout_s=2)

    assert (answer.status, answer.body, answer.cut) == (204, b"", False)
