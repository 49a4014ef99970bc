"""HTTP/1.1 virtual hosts, in clear and over TLS, that send what the world declares."""

import asyncio
import ssl
from collections.abc import Iterable
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory

from chariot.lab.ca import leaf_pem
from chariot.lab.connections import Handler
from chariot.lab.world import Certificate, Page, Ports, Site, WebService

MAX_HEADERS = 100
REQUEST_TIMEOUT_S = 10.0
MISSING = Page(status=404, headers=(("Content-Type", "text/plain"),), body="not found\n")
REFUSED_METHOD = Page(status=405, headers=(("Allow", "GET, HEAD"),))
BAD_REQUEST = Page(status=400)


def web_server(service: WebService, ports: Ports) -> Handler:
    """Return what serves each connection to *service*: one request, one answer."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(REQUEST_TIMEOUT_S):
            method, path, host = await _request(reader)
        if service.delay_s:
            await asyncio.sleep(service.delay_s)
        site = service.site_for(host)
        page = _choose(site, method, path)
        writer.write(_answer(site, page, ports, with_body=method != "HEAD"))
        await writer.drain()

    return serve


def tls_context(service: WebService) -> ssl.SSLContext:
    """Return a server context that presents the certificate of the site that the client names (SNI)."""
    certificates = tuple(dict.fromkeys(site.certificate for site in service.sites if site.certificate))
    first = certificates[0]
    if len(certificates) == 1:
        return _shared_context(first)
    contexts = {
        name: _shared_context(site.certificate)
        for site in service.sites
        if site.certificate is not None
        for name in site.names
    }
    default = _context(first)

    def choose(connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, _context: ssl.SSLContext) -> None:
        connection.context = contexts.get((name or "").lower(), default)

    default.sni_callback = choose
    return default


@lru_cache(maxsize=4_096)
def _shared_context(certificate: Certificate) -> ssl.SSLContext:
    """Return a context without a choice, which hosts with the same certificate share."""
    return _context(certificate)


def _context(certificate: Certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    chain, key = leaf_pem(certificate)
    # The ssl module reads keys from files only.
    with TemporaryDirectory(prefix="chariot-lab-") as folder:
        path = Path(folder, "leaf.pem")
        path.write_bytes(chain + key)
        context.load_cert_chain(path)
    return context


async def _request(reader: asyncio.StreamReader) -> tuple[str, str, str]:
    """Return a request's method, path without query, and host name without port; empty where it is malformed.

    Raises:
        EOFError: the client left before the end of the headers.
        ValueError: a line is too long.
    """
    first = await reader.readexactly(1)
    if not first.isalpha():
        # A TLS greeting on a plain port, for one: like real servers, refuse it without waiting for a line.
        return "", "", ""
    words = (first + await reader.readuntil(b"\n")).decode("latin-1").split()
    host = ""
    for _ in range(MAX_HEADERS):
        line = (await reader.readuntil(b"\n")).decode("latin-1").strip()
        if not line:
            break
        name, _, value = line.partition(":")
        if name.lower() == "host":
            host = value.strip().rsplit(":", 1)[0].lower().removesuffix(".")
    else:
        raise ValueError("too many headers")
    if len(words) != 3 or not words[2].startswith("HTTP/"):
        return "", "", host
    return words[0], words[1].partition("?")[0], host


def _choose(site: Site, method: str, path: str) -> Page:
    if not method:
        return BAD_REQUEST
    if method not in {"GET", "HEAD"}:
        return REFUSED_METHOD
    return next((page for page in site.pages if page.path == path), MISSING)


def _answer(site: Site, page: Page, ports: Ports, *, with_body: bool) -> bytes:
    body = _filled(page.body, ports).encode()
    headers: Iterable[tuple[str, str]] = (
        *site.headers,
        *page.headers,
        ("Content-Length", str(len(body))),
        ("Connection", "close"),
    )
    lines = [f"HTTP/1.1 {page.status} {HTTPStatus(page.status).phrase}"]
    lines += [f"{name}: {_filled(value, ports)}" for name, value in headers]
    head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    return head + body if with_body else head


def _filled(text: str, ports: Ports) -> str:
    return text.replace("%HTTP%", str(ports.http)).replace("%HTTPS%", str(ports.https))
