"""Read an HTTP answer into a web application, keeping what is the same each time it is asked."""

import contextlib
import re
from urllib.parse import urljoin, urlsplit

from chariot.capabilities.support.reading import storable
from chariot.capability import HttpResponse, Network, NoAnswerError
from chariot.model.kinds.network import WebApplication
from chariot.modules.discovery.fingerprints.page import title_of

HEADERS_LIMIT = 100
NAME_LIMIT = 200
VALUE_LIMIT = 2_000
REDIRECT_LIMIT = 4_096
SERVER_LIMIT = 1_000
TITLE_LIMIT = 1_000

# Some codecs take quadratic time on hostile input; pages in any other encoding read well enough as UTF-8.
_CHARSETS = frozenset(
    {
        "utf-8",
        "iso-8859-1",
        "iso-8859-2",
        "iso-8859-15",
        "windows-1250",
        "windows-1251",
        "windows-1252",
        "koi8-r",
    }
    | {"shift_jis", "euc-jp", "euc-kr", "gbk", "gb2312", "gb18030", "big5"}
)
_CHARSET = re.compile(r"charset\s{0,3}=\s{0,3}[\"']?([a-z0-9_-]{3,20})", re.IGNORECASE)
_VOLATILE_NAME = re.compile(
    r"date|expires|age|etag|last-modified|content-length|retry-after|connection|keep-alive|alt-svc|report-to|nel"
    r"|.*(?:request|correlation|trace|span|session|transaction|time|duration|nonce|token|csrf|xsrf|ray|cache|hit"
    r"|served-by|backend|upstream|rate-?limit|amz-cf|-id$|^id$|uuid).*",
    re.IGNORECASE,
)
_KEPT_NAME = re.compile(r"cache-control|strict-transport-security", re.IGNORECASE)
_VOLATILE_VALUE = re.compile(r"(?<![0-9a-z])(?=[a-z]{0,40}[0-9])[0-9a-f-]{16,}|\d{10,}", re.IGNORECASE)
_NONCE = re.compile(r"'nonce-[^']{1,200}'")
_WRONG_SCHEME = re.compile(
    rb"HTTP request[^<>]{0,40} to (?:an )?HTTPS|plain HTTP request|speaking plain HTTP"
)


async def front_page(
    network: Network, host: str, number: int, *, timeout_s: float, limit_bytes: int = 262_144
) -> HttpResponse | None:
    """Return the front page at a port, by http, and by https where that is not what it speaks; None without HTTP."""
    authority = f"[{host}]:{number}" if ":" in host else f"{host}:{number}"

    async def get(scheme: str) -> HttpResponse | None:
        with contextlib.suppress(NoAnswerError):
            return await network.get(f"{scheme}://{authority}/", timeout_s=timeout_s, limit_bytes=limit_bytes)
        return None

    # A TLS service refuses plain words at once; a plain service may wait long for a handshake's end.
    plain = await get("http")
    if plain is not None and not may_want_tls(plain):
        return plain
    secured = await get("https")
    return secured or (None if plain is None or is_wrong_scheme(plain) else plain)


def body_text(page: HttpResponse) -> str:
    """Return the body as text by the character set that the answer names; what cannot be read is replaced."""
    named = _CHARSET.search(page.header("content-type")[:VALUE_LIMIT])
    charset = named[1].lower() if named and named[1].lower() in _CHARSETS else "utf-8"
    return page.body.decode(charset, "replace")


def may_want_tls(page: HttpResponse) -> bool:
    """Tell whether a plain answer leaves open that TLS is spoken at the same port."""
    with contextlib.suppress(ValueError):
        own, sent_to = urlsplit(page.url), urlsplit(redirect_of(page))
        if sent_to.scheme == "https" and (own.hostname, own.port) == (sent_to.hostname, sent_to.port or 443):
            return True
    return page.status in (400, 426, 497)


def is_wrong_scheme(page: HttpResponse) -> bool:
    """Tell whether the answer only complains that HTTP was spoken to a TLS port."""
    return (
        page.url.startswith("http:")
        and page.status in (400, 497)
        and bool(_WRONG_SCHEME.search(page.body[:4_096]))
    )


def web_application(page: HttpResponse, body: str) -> WebApplication:
    """Return the application that gave this answer."""
    return WebApplication(
        url=page.url,
        status_code=page.status if 100 <= page.status <= 999 else None,
        title=storable(title_of(body), TITLE_LIMIT),
        server=storable(page.header("server"), SERVER_LIMIT),
        redirect=redirect_of(page),
        headers=stable_headers(page.headers),
    )


def redirect_of(page: HttpResponse) -> str:
    """Return where the answer redirects to, absolute, without query: queries carry states made for each visitor."""
    location = page.header("location")
    if not location or not 300 <= page.status < 400:
        return ""
    joined = location
    with contextlib.suppress(ValueError):
        joined = urljoin(page.url, location[:REDIRECT_LIMIT])
        urlsplit(joined)
    return storable(joined.partition("?")[0].partition("#")[0], REDIRECT_LIMIT)


def stable_headers(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Return the headers that say the same each time, as received; of cookies the names alone.

    Times, request numbers and random values are left out: with them each scan would look like a change.
    """
    kept = []
    for name, value in headers[:HEADERS_LIMIT]:
        if name.lower() == "set-cookie":
            kept.append((name, storable(value.partition("=")[0].strip(), NAME_LIMIT)))
        elif name.lower() == "location":
            continue
        elif _KEPT_NAME.fullmatch(name) or not (
            _VOLATILE_NAME.fullmatch(name[:NAME_LIMIT]) or _VOLATILE_VALUE.search(value[:VALUE_LIMIT])
        ):
            text = _NONCE.sub("'nonce-…'", value[:VALUE_LIMIT])
            kept.append((storable(name, NAME_LIMIT), storable(text, VALUE_LIMIT)))
    return tuple(dict.fromkeys(kept))
