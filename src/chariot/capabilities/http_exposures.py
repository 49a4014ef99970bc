"""Files, panels and interfaces that a web application should not show to everybody."""

import contextlib
import hashlib
from collections.abc import AsyncIterator, Collection, Iterator
from typing import ClassVar
from urllib.parse import urlsplit

from chariot.capabilities.support.concurrency import spread
from chariot.capabilities.support.exposures import (
    TEXT_LIMIT,
    Exposure,
    body_of,
    built_in_exposures,
    text_of,
)
from chariot.capabilities.support.findings import facts, flaws, products
from chariot.capabilities.support.parameters import FingerprintParameters
from chariot.capabilities.support.technologies import technologies
from chariot.capabilities.support.web import body_text
from chariot.capability import CannotRunError, Capability, Found, HttpResponse, NoAnswerError, Touch
from chariot.model.keys import Key
from chariot.model.kinds.network import WebApplication
from chariot.model.relationships import Relationship
from chariot.modules.discovery.fingerprints.matching import Fingerprints, beside, fingerprints_of

PAGE_TIMEOUT_S = 10.0
FRONT_LIMIT_BYTES = 262_144
AT_ONCE = 4
FAILURES_LIMIT = 10
"""Requests in a row without an answer after which the rest is left: somebody has shut the door."""

Answered = tuple[Exposure, HttpResponse]


class HttpExposures(Capability[WebApplication]):
    """Ask for each path of the table, and believe an answer only where its content proves it.

    A page that answers to everything proves nothing: what it says to a name that nobody has is left out.
    """

    name = "http-exposures"
    touch = Touch.ACTIVE
    sends = "requests for files and panels that should not be public"
    packets = 60
    timeout_s: ClassVar[float] = 600.0
    parameters_type = FingerprintParameters

    async def run(self, target: WebApplication) -> AsyncIterator[Found]:
        """See `Capability.run`."""
        front = await self._ask(target, "GET", "/", limit_bytes=FRONT_LIMIT_BYTES)
        nowhere = await self._ask(target, "GET", missing_path(target.url))
        if front is None or nowhere is None:
            raise NoAnswerError(f"{target.url} does not answer")
        # What the front page shows is found there, with its own evidence; told twice it would seem to change.
        rules = fingerprints_of(self.parameters.fingerprints)
        told = rules.page(front.headers, body_text(front))
        # An error page is often signed by what stands behind a proxy, whose name alone is in the headers.
        signed = beside(told, rules.page(nowhere.headers, body_text(nowhere)))
        for found in technologies(target.key, signed):
            yield found
        known = {hit.technology.key for hit in (*told, *signed)}
        parts = urlsplit(target.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        shown = text_of(front)
        wanted = [one for one in built_in_exposures() if one.is_worth_asking(port, shown)]
        failures = 0

        async def ask(exposure: Exposure) -> Answered | None:
            nonlocal failures
            if failures >= FAILURES_LIMIT:
                return None
            page = await self._ask(target, exposure.method, exposure.path, exposure.body)
            failures = failures + 1 if page is None else 0
            return None if page is None else (exposure, page)

        seen: set[str] = set()
        async with contextlib.aclosing(spread(ask, wanted, limit=AT_ONCE)) as answers:
            async for exposure, page in answers:
                if exposure.id in seen or exposure.found_in(body_of(nowhere)):
                    continue
                for found in _found(target, exposure, page, rules):
                    seen.add(exposure.id)
                    if not _names(found, known):
                        yield found
        if failures >= FAILURES_LIMIT:
            raise CannotRunError(f"{target.url} stopped answering, so that the rest was not asked for")

    async def _ask(
        self,
        target: WebApplication,
        method: str,
        path: str,
        body: str = "",
        *,
        limit_bytes: int = TEXT_LIMIT,
    ) -> HttpResponse | None:
        headers = (("Content-Type", "application/json"),) if body else ()
        with contextlib.suppress(NoAnswerError):
            return await self.network.request(
                method,
                target.url.removesuffix("/") + path,
                headers=headers,
                body=body.encode(),
                timeout_s=PAGE_TIMEOUT_S,
                limit_bytes=limit_bytes,
            )
        return None


def _names(found: Found, known: Collection[Key]) -> bool:
    """Tell whether *found* is one of the technologies *known*, or says that somebody has it."""
    return (found.target if isinstance(found, Relationship) else found.key) in known


def missing_path(url: str) -> str:
    """Return a path that no site has, the same at each look."""
    return f"/{hashlib.sha256(url.encode()).hexdigest()[:16]}.html"


def _found(
    target: WebApplication, exposure: Exposure, page: HttpResponse, rules: Fingerprints
) -> Iterator[Found]:
    match = exposure.matched(page)
    if match is None:
        return
    yield from products(target.key, exposure.products(match), place=f"{exposure.method} {exposure.path}")
    if server := match.groupdict().get("server"):
        yield from technologies(target.key, rules.text("header:server", server))
    yield from facts(target.key, [("exposed", exposure.id)])
    if exposure.has_risk:
        yield from flaws(target.key, [exposure.flaw(page, match)])
