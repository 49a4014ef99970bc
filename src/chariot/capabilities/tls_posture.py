"""Which versions and ciphers of TLS a service accepts, and which of them are known to be broken."""

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import ClassVar
from urllib.parse import urlsplit

import msgspec

from chariot.capabilities.services.catalogue import by_greeting, usual_at
from chariot.capabilities.services.contract import StartTls, say
from chariot.capabilities.support.ciphers import CIPHERS, CLASSIC, MODERN, WEAK, keeps_secrets, name_of
from chariot.capabilities.support.findings import Flaw, facts, flaws
from chariot.capabilities.support.hello import (
    ANSWER_LIMIT_BYTES,
    NAMES,
    SSL2,
    SSL3,
    TLS10,
    TLS11,
    TLS12,
    TLS13,
    ServerHello,
    client_hello,
    is_complete,
    is_old_answer,
    old_hello,
    server_hello,
    speaks_tls,
)
from chariot.capabilities.support.reading import try_address
from chariot.capability import Capability, Found, NoAnswerError, Touch
from chariot.model.kinds.network import Port, WebApplication
from chariot.model.states import Severity

CONNECT_TIMEOUT_S = 3.0
ANSWER_TIMEOUT_S = 4.0
HANDSHAKES_LIMIT = 64
"""The most hellos that one service gets; the longest honest answer needs about fifty."""
_DEFLATE_AND_NONE = b"\x01\x00"


class Posture(msgspec.Struct, frozen=True):
    """What a service accepts."""

    versions: tuple[int, ...] = ()
    ciphers: tuple[str, ...] = ()
    compresses: bool = False
    renegotiates_safely: bool = True
    cut: bool = False
    """True when the limit came before the end."""


class TlsPosture(Capability[Port | WebApplication]):
    """Offer each version, and then fewer and fewer ciphers until none is taken; no handshake is finished.

    A web application is looked at only where its port refuses who names no host: otherwise the port tells all.
    Mail, FTP, LDAP and PostgreSQL are asked to begin TLS first where they speak in clear.
    """

    name = "tls-posture"
    touch = Touch.ACTIVE
    sends = "TLS handshakes with each version and group of ciphers"
    packets = 30
    timeout_s: ClassVar[float] = 300.0

    def match(self, target: Port | WebApplication) -> bool:
        """Tell whether TLS may be there: an https application, or a port that is silent or greets so that it may be."""
        if isinstance(target, WebApplication):
            return target.url.startswith("https:")
        return target.protocol == "tcp" and (not target.banner or bool(_ways(target)))

    async def run(self, target: Port | WebApplication) -> AsyncIterator[Found]:
        """See `Capability.run`."""
        if isinstance(target, Port):
            posture = await self._posture_at(target)
        else:
            parts = urlsplit(target.url)
            host, number = parts.hostname or "", parts.port or 443
            if try_address(host) or (await _Look(self, host, number, "").first()) is not None:
                return
            posture = await _Look(self, host, number, host).posture()
        if posture.versions:
            for found in facts(target.key, _facts(posture)):
                yield found
            for found in flaws(target.key, flaws_of(posture)):
                yield found

    async def _posture_at(self, port: Port) -> Posture:
        """Return what *port* accepts, at once where it says nothing first, else after its own words for it."""
        ways = (*(() if port.banner else (None,)), *_ways(port))
        for way in ways:
            posture = await _Look(self, port.address, port.number, "", way).posture()
            if posture.versions:
                return posture
        return Posture()


def _ways(port: Port) -> tuple[StartTls, ...]:
    """Return how *port* may be asked to begin TLS: by its greeting, or by what usually stands there in silence."""
    if port.banner:
        probes = by_greeting(port.banner.encode())
    else:
        probes = tuple(probe for probe in usual_at(port.number) if probe.greeting is None)
    return tuple(probe.start_tls for probe in probes if probe.start_tls is not None)


class _Look:
    """The hellos of one look at one service."""

    def __init__(
        self,
        capability: TlsPosture,
        host: str,
        port: int,
        server_name: str,
        start_tls: StartTls | None = None,
    ) -> None:
        """*start_tls* is what each connection says before its hello."""
        self._start_tls = start_tls
        self._network = capability.network
        self._host = host
        self._port = port
        self._server_name = server_name
        self._left = HANDSHAKES_LIMIT

    async def first(self) -> ServerHello | None:
        """Return what is chosen out of everything; None where TLS is not spoken, or not with us."""
        every = (TLS13, TLS12, TLS11, TLS10)
        return server_hello(await self._answer(self._hello(every, CIPHERS)))

    async def posture(self) -> Posture:
        """Return what is accepted; nothing where TLS is not spoken."""
        every = (TLS13, TLS12, TLS11, TLS10)
        answer = await self._answer(self._hello(every, CIPHERS))
        if not speaks_tls(answer):
            return Posture()
        versions = [
            version for version in (SSL3, TLS10, TLS11, TLS12) if await self._accepts((version,), CLASSIC)
        ]
        if is_old_answer(await self._answer(old_hello())):
            versions.insert(0, SSL2)
        if await self._accepts((TLS13,), MODERN):
            versions.append(TLS13)
        classic = [version for version in versions if SSL3 <= version <= TLS12]
        ciphers = [
            *(await self._ciphers(TLS13, MODERN) if TLS13 in versions else ()),
            *(await self._ciphers(classic[-1], CLASSIC) if classic else ()),
        ]
        legacy = await self._legacy(classic[-1]) if classic else None
        return Posture(
            tuple(versions),
            tuple(ciphers),
            legacy is not None and legacy.compresses,
            legacy is None or legacy.renegotiates_safely,
            self._left <= 0,
        )

    async def _legacy(self, version: int) -> ServerHello | None:
        hello = client_hello(
            (version,), CLASSIC, server_name=self._server_name, compressions=_DEFLATE_AND_NONE
        )
        return server_hello(await self._answer(hello))

    async def _accepts(self, versions: tuple[int, ...], ciphers: Iterable[int]) -> bool:
        chosen = server_hello(await self._answer(self._hello(versions, ciphers)))
        return chosen is not None and chosen.version in versions

    async def _ciphers(self, version: int, offered: Iterable[int]) -> list[str]:
        """Return the ciphers that are taken, in the server's order where it has one."""
        left = list(offered)
        found = []
        while left and self._left > 0:
            chosen = server_hello(await self._answer(self._hello((version,), left)))
            # A cipher that was not offered is a server's fault, or a trap without an end.
            if chosen is None or chosen.cipher not in left:
                break
            left.remove(chosen.cipher)
            found.append(name_of(chosen.cipher))
        return found

    def _hello(self, versions: Iterable[int], ciphers: Iterable[int]) -> bytes:
        return client_hello(versions, ciphers, server_name=self._server_name)

    async def _answer(self, hello: bytes) -> bytes:
        if self._left <= 0:
            return b""
        self._left -= 1
        try:
            async with self._network.connect(self._host, self._port, timeout_s=CONNECT_TIMEOUT_S) as stream:
                if self._start_tls is not None and not await self._start_tls(stream):
                    return b""
                return await say(
                    stream, hello, done=is_complete, limit=ANSWER_LIMIT_BYTES, timeout_s=ANSWER_TIMEOUT_S
                )
        except NoAnswerError:
            # Who hangs up on an old hello says no to it.
            return b""


def _facts(posture: Posture) -> Iterator[tuple[str, str]]:
    yield "tls-versions", ", ".join(NAMES[version] for version in posture.versions)
    # In the order of the registry: without a preference of its own a server may name them in any.
    yield "tls-ciphers", ", ".join(sorted(posture.ciphers))


def flaws_of(posture: Posture) -> Iterator[Flaw]:
    """Yield what is wrong with what is accepted."""
    for version, (severity, why) in _OLD.items():
        if version in posture.versions:
            name = NAMES[version]
            yield Flaw(
                weakness=f"tls-accepts-{name.lower()}",
                title=f"{name} is accepted: {why}",
                severity=severity,
                cwe="CWE-327",
                proof=f"a server hello of {name}",
                remediation="Accept TLS 1.2 and 1.3 alone.",
            )
    for word, pattern in WEAK.items():
        weak = sorted(name for name in posture.ciphers if pattern.fullmatch(name))
        if weak:
            severity, why = _WEAK_CIPHERS[word]
            yield Flaw(
                weakness=f"tls-{word}-ciphers",
                title=f"Ciphers are accepted {why}",
                severity=severity,
                cwe="CWE-326",
                proof=", ".join(weak),
                remediation="Remove them from the list of ciphers.",
            )
    if posture.ciphers and not any(keeps_secrets(name) for name in posture.ciphers):
        yield _NO_FORWARD_SECRECY
    if posture.compresses:
        yield _COMPRESSION
    if not posture.renegotiates_safely:
        yield _RENEGOTIATION


_OLD = {
    SSL2: (
        Severity.HIGH,
        "its traffic can be read, and so can that of other servers with the same key (DROWN)",
    ),
    SSL3: (Severity.MEDIUM, "its traffic can be read piece by piece (POODLE)"),
    TLS10: (Severity.LOW, "it was withdrawn in 2021"),
    TLS11: (Severity.LOW, "it was withdrawn in 2021"),
}
"""Source: RFC 6176, RFC 7568, RFC 8996."""
_WEAK_CIPHERS = {
    "null": (Severity.HIGH, "that encrypt nothing"),
    "anonymous": (Severity.HIGH, "that do not tell who answers"),
    "export": (Severity.HIGH, "that were made weak on purpose (FREAK, Logjam)"),
    "rc4": (Severity.MEDIUM, "with RC4, whose output can be guessed"),
    "des": (Severity.HIGH, "with DES, whose key can be tried out"),
    "3des": (Severity.LOW, "with 3DES, whose blocks repeat in long sessions (Sweet32)"),
}
_NO_FORWARD_SECRECY = Flaw(
    weakness="tls-no-forward-secrecy",
    title="Traffic that is recorded today can be read when the key leaks",
    severity=Severity.LOW,
    cwe="CWE-326",
    proof="no cipher with an ephemeral key is accepted",
    remediation="Offer TLS 1.3, or ECDHE ciphers in TLS 1.2.",
)
_COMPRESSION = Flaw(
    weakness="tls-compression",
    title="TLS compresses, which gives secrets away by their length (CRIME)",
    severity=Severity.MEDIUM,
    cwe="CWE-310",
    proof="DEFLATE is chosen",
    remediation="Turn TLS compression off.",
)
_RENEGOTIATION = Flaw(
    weakness="tls-unsafe-renegotiation",
    title="An attacker on the way can put words before those of a client",
    severity=Severity.LOW,
    cwe="CWE-295",
    proof="the server hello has no renegotiation_info",
    remediation="Update the server so that it knows RFC 5746.",
)
