"""Web applications of a name or a nameless address, and what they run."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Sequence
from random import Random
from typing import ClassVar
from urllib.parse import urlsplit

from chariot.capabilities.support.concurrency import spread
from chariot.capabilities.support.parameters import PortParameters
from chariot.capabilities.support.reading import try_address, try_domain
from chariot.capabilities.support.technologies import technologies
from chariot.capabilities.support.web import body_text, front_page, web_application
from chariot.capability import (
    CannotRunError,
    Capability,
    Found,
    HttpResponse,
    NoAnswerError,
    Touch,
    UnreadableError,
)
from chariot.errors import OutOfScopeError
from chariot.model.kinds.network import Address, Domain, Port
from chariot.model.relationships import Relationship, RelationshipType
from chariot.modules.discovery.fingerprints.matching import Fingerprints, fingerprints_of

CONNECT_TIMEOUT_S = 3.0
GREETING_TIMEOUT_S = 0.3
"""A service that speaks before it is asked does not speak HTTP."""
PAGE_TIMEOUT_S = 10.0
AT_ONCE = 64
"""Ports that are tried at a time."""
PAGES_AT_ONCE = 8
NAMES_LIMIT = 20


class Http(Capability[Domain | Address]):
    """Ask each port for its front page, by http, and by https where that is not what it speaks.

    Redirects are recorded, not followed. An address is asked only where no name of ours leads to it: the page of a
    named host is found under its name.
    """

    name = "http"
    touch = Touch.LIGHT
    sends = "one page over HTTP and HTTPS, and where it redirects to"
    packets = 60
    timeout_s: ClassVar[float] = 3_600.0
    parameters_type = PortParameters

    def cost(self, target: Domain | Address) -> int:  # noqa: ARG002 - every host gets the same
        """See `Capability.cost`."""
        return len(self.parameters.ports) + 10

    async def run(self, target: Domain | Address) -> AsyncIterator[Found]:
        """See `Capability.run`."""
        host = target.host if isinstance(target, Domain) else target.ip
        if isinstance(target, Address) and await self._is_named(host):
            return
        if not await self.network.addresses(host):
            return
        unread: list[str] = []
        turns = asyncio.Semaphore(PAGES_AT_ONCE)

        async def ask(number: int) -> HttpResponse | None:
            if await self._waits(host, number):
                async with turns:
                    try:
                        return await front_page(self.network, host, number, timeout_s=PAGE_TIMEOUT_S)
                    except UnreadableError as error:
                        unread.append(f"port {number}: {error}")
            return None

        known = fingerprints_of(self.parameters.fingerprints)
        async with contextlib.aclosing(
            spread(ask, _shuffled(self.parameters.ports, host), limit=AT_ONCE)
        ) as pages:
            async for page in pages:
                for found in _found(target, page, known):
                    yield found
        if unread:
            raise CannotRunError("; ".join(unread)[:500])

    async def _is_named(self, ip: str) -> bool:
        """Tell whether a name in scope leads to the address and back; a provider's generic name does not count.

        Raises:
            CannotRunError: the resolver does not say, so that its pages might be those of a name.
        """
        answer = await self.network.resolve(ip, "PTR")
        if answer.status == "TIMEOUT":
            raise CannotRunError(f"the resolver does not answer for the PTR of {ip}")
        for value in answer.values[:NAMES_LIMIT]:
            domain = try_domain(value)
            with contextlib.suppress(OutOfScopeError):
                if domain is not None and ip in await self._addresses(domain.host):
                    return True
        return False

    async def _addresses(self, host: str) -> tuple[str, ...]:
        try:
            return await self.network.addresses(host)
        except NoAnswerError as error:
            raise CannotRunError(str(error)) from error

    async def _waits(self, host: str, number: int) -> bool:
        """Tell whether the port is open and its service waits to be asked."""
        with contextlib.suppress(NoAnswerError):
            async with self.network.connect(host, number, timeout_s=CONNECT_TIMEOUT_S) as stream:
                with contextlib.suppress(NoAnswerError):
                    return not await stream.read(1, timeout_s=GREETING_TIMEOUT_S)
                return True
        return False


def _shuffled(ports: Sequence[int], host: str) -> Sequence[int]:
    """Return *ports* in an order of the host's own.

    What one walk finds closed is not asked by the others of the same address; side by side all would ask all.
    """
    return Random(host).sample(ports, len(ports))  # noqa: S311 - nobody has to be kept from guessing it


def _found(target: Domain | Address, page: HttpResponse, known: Fingerprints) -> Iterator[Found]:
    body = body_text(page)
    application = web_application(page, body)
    yield application
    yield Relationship(RelationshipType.NAMES, target.key, application.key)
    address = try_address(page.address)
    if address is not None:
        parts = urlsplit(page.url)
        number = parts.port or (443 if parts.scheme == "https" else 80)
        # `tcp-ports` says the same of it, so that history does not hang on which of the two was quicker.
        port = Port(address=address.ip, protocol="tcp", number=number, service=parts.scheme)
        yield address
        yield port
        yield Relationship(RelationshipType.HAS_PORT, address.key, port.key)
        yield Relationship(RelationshipType.SERVES, port.key, application.key)
    yield from technologies(application.key, known.page(page.headers, body))
    domain = _redirect_domain(application.redirect)
    if domain is not None and domain.key != target.key:
        yield domain


def _redirect_domain(redirect: str) -> Domain | None:
    """Return the name that the page sends its visitors to; foreign ones are dropped by whoever knows the scope."""
    with contextlib.suppress(ValueError):
        host = urlsplit(redirect).hostname or ""
        return try_domain(host) if host else None
    return None
