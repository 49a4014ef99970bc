import asyncio
import hashlib
import ssl

import pytest

from chariot.lab.ca import fingerprint
from chariot.lab.perimeter import BLOG_CERTIFICATE, SHOP_CERTIFICATE
from chariot.lab.world import Ports


async def _get(address: str, port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(address, port)
    writer.write(request)
    answer = await reader.read()
    writer.close()
    return answer


def _head(host: str, path: str = "/", method: str = "GET") -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()


@pytest.fixture
def ports(lab, port_offset) -> Ports:
    return Ports.shifted(port_offset)


@pytest.mark.parametrize(
    ("address", "host", "status", "evidence"),
    [
        ("127.77.0.3", "app.perimeter.test", 200, b"\r\nServer: Apache/2.4.49 (Unix)\r\n"),
        (
            "127.77.0.4",
            "old.perimeter.test",
            200,
            b"\r\nServer: nginx/1.18.0\r\nX-Powered-By: PHP/7.4.33\r\n",
        ),
        ("127.77.0.5", "grafana.perimeter.test", 200, b'"buildInfo":{"version":"8.3.0"'),
        ("127.77.0.6", "jenkins.perimeter.test", 403, b"\r\nX-Jenkins: 2.441\r\n"),
        ("127.77.0.8", "blog.perimeter.test", 200, b'name="generator" content="WordPress 6.7.1"'),
        ("127.77.0.9", "127.77.0.9", 200, b"\r\nServer: Apache/2.4.49 (Unix)\r\n"),
    ],
)
async def test_a_site_shows_what_it_runs(ports, address, host, status, evidence):
    answer = await _get(address, ports.http, _head(f"{host}:{ports.http}"))

    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert evidence in answer


async def test_a_redirect_names_the_labs_own_port(ports):
    answer = await _get("127.77.0.1", ports.http, _head("perimeter.test"))

    assert f"\r\nLocation: https://www.perimeter.test:{ports.https}/\r\n".encode() in answer


async def test_virtual_hosts_share_an_address(ports):
    blog = await _get("127.77.0.8", ports.http, _head("BLOG.perimeter.test."))
    shop = await _get("127.77.0.8", ports.http, _head("shop.perimeter.test"))

    assert b"Fence news" in blog
    assert f"Location: http://partner.neighbour.test:{ports.http}/".encode() in shop


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (_head("app.perimeter.test", "/nowhere"), 404),
        (_head("app.perimeter.test", "/?q=1"), 200),
        (_head("app.perimeter.test", method="POST"), 405),
        (b"\x16\x03\x01\r\n\r\n", 400),
    ],
)
async def test_other_requests_get_a_plain_answer(ports, request_, status):
    answer = await _get("127.77.0.3", ports.http, request_)

    assert answer.startswith(f"HTTP/1.1 {status} ".encode())


async def test_a_head_request_gets_no_body(ports):
    answer = await _get("127.77.0.3", ports.http, _head("app.perimeter.test", method="HEAD"))

    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    "request_",
    [b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 101, b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\n\r\n"],
    ids=["too many headers", "endless line"],
)
async def test_a_request_without_bounds_is_dropped(ports, request_):
    reader, writer = await asyncio.open_connection("127.77.0.3", ports.http)
    writer.write(request_)

    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)

    writer.close()


@pytest.mark.parametrize(
    ("name", "certificate"),
    [
        ("shop.perimeter.test", SHOP_CERTIFICATE),
        ("blog.perimeter.test", BLOG_CERTIFICATE),
        (None, BLOG_CERTIFICATE),
    ],
)
async def test_the_certificate_is_of_the_site_that_the_client_names(lab, ports, name, certificate):
    context = ssl.create_default_context(cafile=lab.profile.ca_file)
    context.check_hostname = name is not None

    _, writer = await asyncio.open_connection(
        "127.77.0.8", ports.https, ssl=context, server_hostname=name or ""
    )

    der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    assert hashlib.sha256(der).hexdigest() == fingerprint(certificate)
    writer.close()
    await writer.wait_closed()
