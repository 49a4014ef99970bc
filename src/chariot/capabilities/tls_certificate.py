"""Certificates that services present, and the names in them."""

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import ClassVar
from urllib.parse import urlsplit

from chariot.capabilities.support.certificates import presented
from chariot.capabilities.support.parameters import PeerParameters
from chariot.capabilities.support.reading import try_address
from chariot.capabilities.support.technologies import technologies
from chariot.capability import Capability, Found, NoAnswerError, Touch
from chariot.model.kinds.network import Certificate, Port, WebApplication
from chariot.modules.discovery.authorities import authorities_of
from chariot.modules.discovery.fingerprints.matching import fingerprints_of

HANDSHAKE_TIMEOUT_S = 4.0
"""A service that does not speak TLS may keep silent until the end of it."""


class TlsCertificate(Capability[Port | WebApplication]):
    """Shake hands (without SNI at a port, with it at a web application), read the certificate and judge its chain.

    A wildcard stands for its parent domain. Source: RFC 6125, section 6.4.3.
    """

    name = "tls-certificate"
    touch = Touch.LIGHT
    sends = "one TLS handshake"
    packets = 1
    timeout_s: ClassVar[float] = 30.0
    parameters_type = PeerParameters

    def match(self, target: Port | WebApplication) -> bool:
        """Tell whether TLS may be there: an https application, or a port that said nothing first.

        A port's service is not asked: another capability may state it before or after, and whether TLS is looked
        for must not hang on which of them was quicker.
        """
        if isinstance(target, WebApplication):
            return target.url.startswith("https:")
        return target.protocol == "tcp" and not target.banner

    def now(self) -> datetime:
        """Return the present moment, from which the end of a certificate is told."""
        return datetime.now(UTC)

    async def run(self, target: Port | WebApplication) -> AsyncIterator[Found]:
        """See `Capability.run`."""
        host, port, server_name = _endpoint(target)
        with contextlib.suppress(NoAnswerError):
            peer = await self.network.tls(host, port, server_name=server_name, timeout_s=HANDSHAKE_TIMEOUT_S)
            for found in presented(
                target.key,
                peer.certificates,
                authorities=authorities_of(self.parameters.ca_file),
                now=self.now(),
                host=server_name,
                is_whole=peer.is_whole,
            ):
                yield found
                if isinstance(found, Certificate):
                    known = fingerprints_of(self.parameters.fingerprints)
                    for shown in technologies(target.key, known.certificate(found.subject, found.issuer)):
                        yield shown


def _endpoint(target: Port | WebApplication) -> tuple[str, int, str]:
    """Return host, port and server name; an address is no server name. Source: RFC 6066, section 3."""
    if isinstance(target, Port):
        return target.address, target.number, ""
    parts = urlsplit(target.url)
    host = parts.hostname or ""
    return host, parts.port or 443, "" if try_address(host) else host
