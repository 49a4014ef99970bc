"""FTP: greeting, features, TLS, and whether anybody may log in."""

import re

from chariot.capabilities.services.contract import Door, Probe, Seen, handshake, has_reply, say, text_of
from chariot.capabilities.support.findings import Flaw
from chariot.capability import Stream
from chariot.model.states import Severity

LIMIT_BYTES = 8_192
_FEATURE = re.compile(r"^[ ]([A-Z][A-Z0-9 ;*-]{1,100})\r?$", re.MULTILINE)


async def ask(door: Door) -> Seen | None:
    """Ask for features, offer the name `anonymous`, and shake hands where TLS is offered; no file is listed."""
    async with door.open() as stream:
        greeting = await say(stream, b"", done=has_reply, limit=LIMIT_BYTES)
        if not greeting.startswith((b"220", b"421", b"120")):
            return None
        features = text_of(await say(stream, b"FEAT\r\n", done=has_reply, limit=LIMIT_BYTES))
        answer = await say(stream, b"USER anonymous\r\n", done=has_reply, limit=LIMIT_BYTES)
        if answer.startswith(b"331"):
            answer = await say(stream, b"PASS anonymous@\r\n", done=has_reply, limit=LIMIT_BYTES)
        elif not answer.startswith((b"230", b"332", b"421", b"53")) and not features.startswith("211"):
            # A mail server greets with the same number, and knows no USER.
            return None
        await say(stream, b"QUIT\r\n", done=has_reply, limit=LIMIT_BYTES)
    names = sorted({match[1].strip() for match in _FEATURE.finditer(features)})
    has_tls = any(name.startswith("AUTH") and "TLS" in name for name in names)
    anonymous = answer.startswith(b"230")
    certificates = await _certificates(door) if has_tls and not door.is_secure else ()
    return Seen(
        service="ftps" if door.is_secure else "ftp",
        text=text_of(greeting),
        facts=(
            ("ftp-features", ", ".join(names)),
            ("anonymous-login", "allowed" if anonymous else "refused"),
            ("encryption", "required" if door.is_secure else "offered" if has_tls else "none"),
        ),
        flaws=(ANONYMOUS,) if anonymous else (),
        certificates=certificates,
    )


async def _certificates(door: Door) -> tuple[bytes, ...]:
    async with door.open() as stream:
        return await handshake(stream) if await _start_tls(stream) else ()


async def _start_tls(stream: Stream) -> bool:
    await say(stream, b"", done=has_reply, limit=LIMIT_BYTES)
    return (await say(stream, b"AUTH TLS\r\n", done=has_reply, limit=LIMIT_BYTES)).startswith(b"234")


ANONYMOUS = Flaw(
    weakness="ftp-anonymous-login",
    title="FTP lets anybody log in as anonymous",
    severity=Severity.MEDIUM,
    cwe="CWE-306",
    proof="230 after USER anonymous",
    remediation="Turn anonymous access off, or make sure that what it shows is meant for everybody.",
)
PROBE = Probe(
    service="ftp",
    ask=ask,
    ports=(21, 2121),
    secure_ports=(990,),
    greeting=re.compile(rb"(?:220|120)[ -](?![^\r\n]{0,300}(?:smtp|mail))", re.IGNORECASE),
    start_tls=_start_tls,
)
