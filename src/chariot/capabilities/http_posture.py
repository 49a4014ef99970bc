"""What any visitor of a web application can see: where it leads, its headers, cookies, forms, icon and notices."""

import contextlib
import re
from collections.abc import AsyncIterator, Iterator
from typing import ClassVar, Final
from urllib.parse import urljoin, urlsplit

from chariot.capabilities.support.digests import icon_hash, similarity_hash
from chariot.capabilities.support.findings import Fact, Flaw, facts, flaws
from chariot.capabilities.support.forms import forms_of, has_password_field, icon_of
from chariot.capabilities.support.parameters import FingerprintParameters
from chariot.capabilities.support.reading import storable, try_domain
from chariot.capabilities.support.storage import storage_names
from chariot.capabilities.support.technologies import technologies
from chariot.capabilities.support.web import body_text, redirect_of
from chariot.capability import Capability, Found, HttpResponse, NoAnswerError, Touch
from chariot.errors import InvalidError, OutOfScopeError
from chariot.model.kinds.network import WebApplication
from chariot.model.states import Severity
from chariot.modules.discovery.fingerprints.matching import fingerprints_of
from chariot.modules.discovery.fingerprints.page import title_of

PAGE_TIMEOUT_S = 10.0
FAVICON: Final = "favicon-mmh3"
HOPS_LIMIT: Final = 6
COOKIES_LIMIT: Final = 20
PATHS_LIMIT: Final = 50
ICON_LIMIT_BYTES: Final = 131_072
NOTICE_LIMIT_BYTES: Final = 65_536

_WANTED_HEADERS: Final = (
    "content-security-policy",
    "referrer-policy",
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
)
_DEFAULT_PAGES: Final = re.compile(
    r"Welcome to nginx!|Apache2 (?:Debian|Ubuntu) Default Page: It works|It works!|IIS Windows(?: Server)?"
    r"|Test Page for the (?:Apache|Nginx|HTTP Server)[^<]{0,60}|Welcome to OpenResty!|Apache Tomcat/[0-9.]{1,12}"
    r"|Placeholder page|Welcome to CentOS|Default Web Site Page|Welcome to Caddy|LiteSpeed Web Server[^<]{0,60}",
    re.IGNORECASE,
)
_SESSION: Final = re.compile(r"sess|sid$|^sid|auth|jwt|token|login", re.IGNORECASE)
_RANDOM: Final = re.compile(r"(?=[a-z]{0,40}[0-9])[0-9a-f]{12,}", re.IGNORECASE)
_COOKIE_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_DISALLOW: Final = re.compile(
    r"^(?:dis)?allow:[ \t]{0,5}(/[!-~]{0,200})\s{0,5}$", re.IGNORECASE | re.MULTILINE
)
_SITEMAP: Final = re.compile(
    r"^sitemap:[ \t]{0,5}(https?://[!-~]{1,300})\s{0,5}$", re.IGNORECASE | re.MULTILINE
)
_CONTACT: Final = re.compile(r"^contact:[ \t]{0,5}([!-~]{1,300})\s{0,5}$", re.IGNORECASE | re.MULTILINE)
_EXPIRES: Final = re.compile(r"^expires:[ \t]{0,5}([0-9T:.Z+-]{10,40})\s{0,5}$", re.IGNORECASE | re.MULTILINE)
_HTML: Final = re.compile(r"\s{0,100}<(?:!doctype|html|head|body)", re.IGNORECASE)


class HttpPosture(Capability[WebApplication]):
    """Read the front page as a browser would, follow its redirects within the scope, and fetch icon and notices."""

    name = "http-posture"
    touch = Touch.LIGHT
    sends = "one page, robots.txt, sitemap and security.txt"
    packets = 5
    timeout_s: ClassVar[float] = 120.0
    parameters_type = FingerprintParameters
    next: ClassVar[tuple[str, ...]] = ("icons",)

    async def run(self, target: WebApplication) -> AsyncIterator[Found]:
        """See `Capability.run`."""
        hops, names = await self._follow(target.url)
        front = hops[0]
        for name in names:
            domain = try_domain(name)
            if domain is not None:
                yield domain
        chain = [hop.url.partition("?")[0] for hop in hops]
        seen = [("redirect-chain", " → ".join([*chain, *filter(None, [redirect_of(hops[-1])])]))]
        body = body_text(front)
        for found in facts(
            target.key, [*(seen if front.status // 100 == 3 else ()), *page_facts(front, body)]
        ):
            yield found
        for found in flaws(target.key, page_flaws(front, body)):
            yield found
        notices = await self._notices(target.url, body)
        storage = [("cloud-storage", name) for name in storage_names("\n".join(map(body_text, hops)))]
        for found in facts(target.key, [*storage, *notices]):
            yield found
        icon = dict(notices).get(FAVICON, "")
        for found in technologies(
            target.key, fingerprints_of(self.parameters.fingerprints).text("favicon", icon)
        ):
            yield found

    async def _follow(self, url: str) -> tuple[list[HttpResponse], list[str]]:
        """Return each answer on the way, and the names led to; a hop out of scope is named and not made."""
        answers = [await self.network.get(url, timeout_s=PAGE_TIMEOUT_S)]
        names = []
        seen = {url}
        while len(answers) <= HOPS_LIMIT:
            following = _next_place(answers[-1])
            if not following or following in seen:
                break
            seen.add(following)
            names.append(urlsplit(following).hostname or "")
            try:
                answers.append(await self.network.get(following, timeout_s=PAGE_TIMEOUT_S))
            except (NoAnswerError, OutOfScopeError, InvalidError):
                break
        return answers, names

    async def _notices(self, url: str, body: str) -> list[Fact]:
        """Return what icon, robots.txt, sitemap and security.txt tell."""
        found: list[Fact] = []
        icon = await self._fetch(icon_of(url, body), ICON_LIMIT_BYTES)
        if icon is not None and icon.body and not icon.cut and not _is_page(icon):
            found.append((FAVICON, str(icon_hash(icon.body))))
        robots = await self._text(f"{url}robots.txt")
        hidden = sorted(set(_DISALLOW.findall(robots)))[:PATHS_LIMIT]
        found.append(("robots-paths", ", ".join(hidden)))
        found.extend(("sitemap", place) for place in sorted(set(_SITEMAP.findall(robots)))[:5])
        if not _SITEMAP.search(robots) and "<urlset" in await self._text(f"{url}sitemap.xml"):
            found.append(("sitemap", f"{url}sitemap.xml"))
        notice = await self._text(f"{url}.well-known/security.txt")
        found.extend(("security-contact", contact) for contact in sorted(set(_CONTACT.findall(notice)))[:5])
        expires = _EXPIRES.search(notice)
        if _CONTACT.search(notice) and expires:
            found.append(("security-contact-expires", expires[1]))
        return found

    async def _text(self, url: str) -> str:
        """Return a text file; empty where there is none, or a page in its place."""
        page = await self._fetch(url, NOTICE_LIMIT_BYTES)
        return "" if page is None or _is_page(page) else body_text(page)

    async def _fetch(self, url: str, limit_bytes: int) -> HttpResponse | None:
        with contextlib.suppress(NoAnswerError, OutOfScopeError, InvalidError):
            page = await self.network.get(url, timeout_s=PAGE_TIMEOUT_S, limit_bytes=limit_bytes)
            return page if page.status == 200 else None
        return None


def _is_page(page: HttpResponse) -> bool:
    return "html" in page.header("content-type").lower() or bool(_HTML.match(body_text(page)[:1_000]))


def _next_place(page: HttpResponse) -> str:
    """Return where a redirect leads, if that is the web: never a file, a script, or another scheme."""
    location = page.header("location")
    if not location or not 300 <= page.status < 400 or len(location) > 4_096:
        return ""
    with contextlib.suppress(ValueError):
        place = urljoin(page.url, location.strip())
        if urlsplit(place).scheme in ("http", "https") and urlsplit(place).hostname:
            return place.partition("#")[0]
    return ""


def page_facts(page: HttpResponse, body: str) -> Iterator[Fact]:
    """Yield what headers and body of a front page tell, the same at each look."""
    secure = page.url.startswith("https:")
    has_page = page.status < 300 and (
        "html" in page.header("content-type").lower() or _HTML.match(body) is not None
    )
    if has_page:
        wanted = (name for name in _WANTED_HEADERS if secure or name != "strict-transport-security")
        missing = [name for name in wanted if not page.header(name)]
        if "frame-ancestors" in page.header("content-security-policy"):
            missing = [name for name in missing if name != "x-frame-options"]
        yield "missing-headers", ", ".join(missing)
        yield "body-simhash", similarity_hash(body)
        title = _DEFAULT_PAGES.fullmatch(title_of(body)[:200])
        yield "default-page", storable(title.group(), 100) if title else ""
    for name, flags in _cookies(page)[:COOKIES_LIMIT]:
        yield "cookie", f"{name}: {', '.join(flags) or 'no flags'}"
    for form in forms_of(page.url, body):
        if form.has_password:
            yield "login-form", storable(form.action, 500)
    if has_password_field(body):
        yield "login-page", "yes"


def page_flaws(page: HttpResponse, body: str) -> Iterator[Flaw]:
    """Yield what is wrong with the front page."""
    secure = page.url.startswith("https:")
    clear = [
        form.action
        for form in forms_of(page.url, body)
        if form.has_password and form.action.startswith("http:")
    ]
    if clear or (has_password_field(body) and not secure and page.status < 300):
        yield Flaw(
            weakness="login-in-clear-text",
            title="Passwords are asked for without encryption",
            severity=Severity.MEDIUM,
            cwe="CWE-319",
            proof=storable(clear[0] if clear else page.url.partition("?")[0], 500),
            remediation="Serve the login over HTTPS alone, and send HSTS.",
        )
    bare = [
        f"{name}: {', '.join(flags) or 'no flags'}"
        for name, flags in _cookies(page)
        if _SESSION.search(name) and ("HttpOnly" not in flags or (secure and "Secure" not in flags))
    ]
    if bare:
        yield Flaw(
            weakness="session-cookie-without-flags",
            title="A session's cookie can be read by scripts or sent in clear",
            severity=Severity.LOW,
            cwe="CWE-1004",
            proof="; ".join(sorted(bare)[:COOKIES_LIMIT]),
            remediation="Set Secure, HttpOnly and SameSite.",
            confidence=80,
        )


def _cookies(page: HttpResponse) -> list[tuple[str, list[str]]]:
    """Return the names and flags of the cookies; names that are random are left out."""
    found = {}
    for label, value in page.headers:
        name, _, rest = value.partition("=")
        name = name.strip()
        if label.lower() == "set-cookie" and _COOKIE_NAME.fullmatch(name) and not _RANDOM.search(name):
            words = {part.strip().lower() for part in rest.split(";")[1:]}
            flags = [flag for flag in ("Secure", "HttpOnly") if flag.lower() in words]
            flags += [
                f"SameSite={word[9:].title()}" for word in sorted(words) if word.startswith("samesite=")
            ][:1]
            found[name] = [flag[:30] for flag in flags]
    return sorted(found.items())
