"""How a web application treats strangers: other origins, foreign redirects, TRACE, folders without a page."""

import contextlib
import re
from collections.abc import AsyncIterator
from typing import ClassVar
from urllib.parse import urljoin, urlsplit

from chariot.capabilities.support.exposures import body_of
from chariot.capabilities.support.findings import Flaw, flaws
from chariot.capability import Capability, Found, HttpResponse, NoAnswerError, Touch
from chariot.model.kinds.network import WebApplication
from chariot.model.states import Severity

PAGE_TIMEOUT_S = 10.0
LIMIT_BYTES = 32_768
STRANGER = "chariot.invalid"
"""A name that cannot exist, so that nobody is redirected anywhere. Source: RFC 2606, section 2."""
_PARAMETERS = (
    "url",
    "next",
    "redirect",
    "redirect_uri",
    "return",
    "return_to",
    "continue",
    "dest",
    "goto",
    "r",
)
_FOLDERS = ("/images/", "/uploads/", "/backup/", "/files/", "/assets/", "/logs/")
_LISTING = re.compile(
    r"<title>Index of /|<title>Directory listing for /|<h1>Index of /|<title>[^<]{1,100} - /[^<]{0,100}</title>"
    r"[\s\S]{0,300}\[To Parent Directory\]",
    re.IGNORECASE,
)


class HttpBehaviour(Capability[WebApplication]):
    """Ask as a stranger would, with words that harm nobody, and read how it is answered."""

    name = "http-behaviour"
    touch = Touch.ACTIVE
    sends = "a few requests that a visitor would not send"
    packets = 10
    timeout_s: ClassVar[float] = 180.0

    async def run(self, target: WebApplication) -> AsyncIterator[Found]:
        """See `Capability.run`."""
        root = target.url.removesuffix("/")
        asks = (self._origins, self._redirects, self._trace, self._folders)
        for ask in asks:
            for found in flaws(target.key, await ask(root)):
                yield found

    async def _origins(self, root: str) -> list[Flaw]:
        """Ask in the name of another site, and of a page without an origin."""
        for origin, severity in ((f"https://{STRANGER}", Severity.HIGH), ("null", Severity.MEDIUM)):
            page = await self._ask("GET", f"{root}/", ("Origin", origin))
            if page is None or page.header("access-control-allow-origin").strip() != origin:
                continue
            with_login = page.header("access-control-allow-credentials").strip().lower() == "true"
            return [
                Flaw(
                    weakness="cors-any-origin",
                    title="Any site may read the answers" + (" with a visitor's login" if with_login else ""),
                    severity=severity if with_login else Severity.LOW,
                    cwe="CWE-942",
                    proof=f"Origin: {origin} is allowed, credentials {'too' if with_login else 'not'}",
                    remediation="Allow the origins that need it by name, and none that is merely echoed.",
                )
            ]
        return []

    async def _redirects(self, root: str) -> list[Flaw]:
        """Name a foreign place in the usual parameters, and in the path."""
        place = f"https://{STRANGER}/"
        query = "&".join(f"{name}={place}" for name in _PARAMETERS)
        for url in (
            f"{root}/?{query}",
            f"{root}/login?{query}",
            f"{root}/logout?{query}",
            f"{root}//{STRANGER}/%2e%2e",
        ):
            page = await self._ask("GET", url)
            if page is not None and 300 <= page.status < 400 and _leads_away(page):
                return [
                    Flaw(
                        weakness="open-redirect",
                        title="Visitors are sent wherever a link says",
                        severity=Severity.MEDIUM,
                        cwe="CWE-601",
                        proof=f"{url.removeprefix(root)} → {page.header('location')[:300]}",
                        remediation="Redirect to paths of your own, or to a list of places.",
                    )
                ]
        return []

    async def _trace(self, root: str) -> list[Flaw]:
        page = await self._ask("TRACE", f"{root}/", ("X-Chariot", "echo"))
        if page is None or page.status != 200 or "x-chariot: echo" not in body_of(page).lower():
            return []
        return [
            Flaw(
                weakness="http-trace",
                title="TRACE gives back what was sent, with what proxies added",
                severity=Severity.LOW,
                cwe="CWE-693",
                proof="X-Chariot: echo came back",
                remediation="Turn the method TRACE off.",
            )
        ]

    async def _folders(self, root: str) -> list[Flaw]:
        listed = []
        for path in ("/", *_FOLDERS):
            page = await self._ask("GET", f"{root}{path}")
            if page is not None and page.status == 200 and _LISTING.search(body_of(page)):
                listed.append(path)
        if not listed:
            return []
        return [
            Flaw(
                weakness="directory-listing",
                title="Folders list their files",
                severity=Severity.LOW,
                cwe="CWE-548",
                proof=", ".join(listed),
                remediation="Turn automatic indexes off.",
            )
        ]

    async def _ask(self, method: str, url: str, *headers: tuple[str, str]) -> HttpResponse | None:
        with contextlib.suppress(NoAnswerError):
            return await self.network.request(
                method, url, headers=headers, timeout_s=PAGE_TIMEOUT_S, limit_bytes=LIMIT_BYTES
            )
        return None


def _leads_away(page: HttpResponse) -> bool:
    """Tell whether the redirect goes to the stranger; browsers read a backslash as a slash."""
    with contextlib.suppress(ValueError):
        location = page.header("location").replace("\\", "/")
        return urlsplit(urljoin(page.url, location)).hostname == STRANGER
    return False
