import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.adapters.process.proxy import guarded_proxy
from chariot.testing.network import Conversation, FakeNetwork

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
ASKED = b"GET /a?b=%20c HTTP/1.1\r\nHost: www.example.com\r\nConnection: close\r\n\r\n"


def network() -> FakeNetwork:
    return FakeNetwork(
        dns={("www.example.com", "A"): ["192.0.2.7"], ("partner.example", "A"): ["198.51.100.7"]},
        banners={
            ("192.0.2.7", 80): Conversation(replies={ASKED: HELLO}),
            ("192.0.2.7", 443): Conversation(greeting=b"hello"),
        },
        out_of_scope={"partner.example", "198.51.100.7"},
    )


@asynccontextmanager
async def asked(fake: FakeNetwork, request: bytes) -> AsyncIterator[asyncio.StreamReader]:
    async with guarded_proxy(fake) as endpoint:
        host, _, port = endpoint.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(request)
        await writer.drain()
        try:
            yield reader
        finally:
            writer.close()
            await writer.wait_closed()


async def answer(request: bytes, fake: FakeNetwork | None = None) -> bytes:
    async with asked(fake or network(), request) as reader:
        return await asyncio.wait_for(reader.read(), 60)


async def test_a_request_is_passed_on_as_a_server_expects_it() -> None:
    request = (
        b"GET http://www.example.com/a?b=%20c HTTP/1.1\r\nHost: www.example.com\r\n"
        b"Proxy-Connection: keep-alive\r\n\r\n"
    )

    assert await answer(request) == HELLO


async def test_a_tunnel_leads_to_what_is_in_scope() -> None:
    told = await answer(b"CONNECT www.example.com:443 HTTP/1.1\r\n\r\n")

    assert told == b"HTTP/1.1 200 Connection established\r\n\r\nhello"


@pytest.mark.parametrize(
    "request_line",
    [b"CONNECT partner.example:443 HTTP/1.1", b"GET http://partner.example/ HTTP/1.1"],
)
async def test_nothing_is_sent_out_of_scope(request_line) -> None:
    fake = network()

    told = await answer(request_line + b"\r\n\r\n", fake)

    assert told.startswith(b"HTTP/1.1 403 ")
    assert not [one for one in fake.sent if one[0] == "connect"]


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        (b"CONNECT www.example.com:0 HTTP/1.1", b"400"),
        (b"CONNECT www.example.com HTTP/1.1", b"400"),
        (b"CONNECT -x:443 HTTP/1.1", b"400"),
        (b"GET file:///etc/passwd HTTP/1.1", b"400"),
        (b"GET https://www.example.com/ HTTP/1.1", b"400"),
        (b"GET / HTTP/1.1", b"400"),
        (b"nonsense", b"400"),
        (b"GET http://www.example.com:81/ HTTP/1.1", b"502"),
    ],
)
async def test_what_is_no_request_to_a_proxy_is_refused(request_line, status) -> None:
    assert (await answer(request_line + b"\r\n\r\n")).startswith(b"HTTP/1.1 " + status)


@given(st.binary(max_size=300))
async def test_any_bytes_end_the_connection_or_get_an_answer(data) -> None:
    told = await answer(data + b"\r\n\r\n")

    assert told == b"" or told.startswith(b"HTTP/1.1 ")
