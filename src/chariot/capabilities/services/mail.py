"""SMTP, IMAP and POP3: capabilities, TLS, and whether passwords may be sent in clear."""

import re
from collections.abc import Callable

from chariot.capabilities.services.contract import (
    Door,
    Probe,
    Seen,
    handshake,
    has_line,
    has_reply,
    say,
    text_of,
)
from chariot.capabilities.support.findings import Flaw
from chariot.capability import Stream
from chariot.model.states import Severity

LIMIT_BYTES = 16_384
OUR_NAME = b"chariot.invalid"
_PLAIN = re.compile(r"\b(?:PLAIN|LOGIN)\b")
_WORD = re.compile(r"[!-~]{1,100}")


async def ask_smtp(door: Door) -> Seen | None:
    """Say EHLO, and shake hands where STARTTLS is offered; no message is begun."""
    async with door.open() as stream:
        greeting = await say(stream, b"", done=has_reply, limit=LIMIT_BYTES)
        if not greeting.startswith((b"220", b"554", b"421")):
            return None
        answer = await say(stream, b"EHLO " + OUR_NAME + b"\r\n", done=has_reply, limit=LIMIT_BYTES)
        if not answer.startswith(b"250") and not re.search(rb"SMTP|mail", greeting, re.IGNORECASE):
            return None
        words = _lines(text_of(answer).replace("250-", "").replace("250 ", ""))[1:]
        has_tls = "STARTTLS" in words
        certificates: tuple[bytes, ...] = ()
        if has_tls and (await say(stream, b"STARTTLS\r\n", done=has_reply)).startswith(b"220"):
            certificates = await handshake(stream)
    plain = [word for word in words if word.startswith("AUTH") and _PLAIN.search(word)]
    return Seen(
        service=_named(door, "smtp"),
        text=text_of(greeting),
        facts=(("smtp-extensions", ", ".join(sorted(words))), ("encryption", _encryption(door, has_tls))),
        flaws=(_clear_login("smtp", plain[0]),) if plain and not door.is_secure else (),
        certificates=certificates,
    )


async def ask_imap(door: Door) -> Seen | None:
    """Ask for capabilities and for the server's ID, and shake hands where STARTTLS is offered."""
    async with door.open() as stream:
        greeting = await say(stream, b"", done=has_line, limit=LIMIT_BYTES)
        if not re.match(rb"\* (?:OK|PREAUTH|BYE)", greeting):
            return None
        answer = text_of(await say(stream, b"a1 CAPABILITY\r\n", done=_tagged(b"a1"), limit=LIMIT_BYTES))
        words = _capabilities(answer)
        server_id = ""
        if "ID" in words:
            server_id = text_of(await say(stream, b"a2 ID NIL\r\n", done=_tagged(b"a2"), limit=LIMIT_BYTES))
        has_tls = "STARTTLS" in words
        certificates: tuple[bytes, ...] = ()
        if has_tls and b"a3 OK" in await say(stream, b"a3 STARTTLS\r\n", done=_tagged(b"a3")):
            certificates = await handshake(stream)
    clear = words and "LOGINDISABLED" not in words and not door.is_secure
    return Seen(
        service=_named(door, "imap"),
        text=f"{text_of(greeting)}{server_id}",
        facts=(
            ("imap-capabilities", ", ".join(sorted(words))),
            ("imap-id", _id(server_id)),
            ("encryption", _encryption(door, has_tls)),
        ),
        flaws=(_clear_login("imap", "no LOGINDISABLED before STARTTLS"),) if clear else (),
        certificates=certificates,
    )


async def ask_pop3(door: Door) -> Seen | None:
    """Ask for capabilities, and shake hands where STLS is offered."""
    async with door.open() as stream:
        greeting = await say(stream, b"", done=has_line, limit=LIMIT_BYTES)
        if not greeting.startswith(b"+OK"):
            return None
        answer = text_of(await say(stream, b"CAPA\r\n", done=_dotted, limit=LIMIT_BYTES))
        words = [word for word in _lines(answer)[1:] if word != "."]
        has_tls = "STLS" in words
        certificates: tuple[bytes, ...] = ()
        if has_tls and (await say(stream, b"STLS\r\n", done=has_line)).startswith(b"+OK"):
            certificates = await handshake(stream)
    plain = [word for word in words if word == "USER" or (word.startswith("SASL") and _PLAIN.search(word))]
    made_by = next((word for word in words if word.startswith("IMPLEMENTATION ")), "")
    return Seen(
        service=_named(door, "pop3"),
        text=f"{text_of(greeting)}{made_by}",
        facts=(("pop3-capabilities", ", ".join(sorted(words))), ("encryption", _encryption(door, has_tls))),
        flaws=(_clear_login("pop3", plain[0]),) if plain and not door.is_secure else (),
        certificates=certificates,
    )


async def _start_smtp(stream: Stream) -> bool:
    await say(stream, b"", done=has_reply, limit=LIMIT_BYTES)
    offers = await say(stream, b"EHLO " + OUR_NAME + b"\r\n", done=has_reply, limit=LIMIT_BYTES)
    return (
        b"STARTTLS" in offers.upper() and (await say(stream, b"STARTTLS\r\n", done=has_reply))[:3] == b"220"
    )


async def _start_imap(stream: Stream) -> bool:
    await say(stream, b"", done=has_line, limit=LIMIT_BYTES)
    return b"a1 OK" in await say(stream, b"a1 STARTTLS\r\n", done=_tagged(b"a1"))


async def _start_pop3(stream: Stream) -> bool:
    await say(stream, b"", done=has_line, limit=LIMIT_BYTES)
    return (await say(stream, b"STLS\r\n", done=has_line)).startswith(b"+OK")


def _named(door: Door, service: str) -> str:
    """Return IANA's name of the service with or without TLS around it."""
    if not door.is_secure:
        return service
    return "submissions" if service == "smtp" else f"{service}s"


def _encryption(door: Door, has_tls: bool) -> str:
    return "required" if door.is_secure else "offered" if has_tls else "none"


def _lines(text: str) -> list[str]:
    return [
        line.strip()[:200] for line in text.splitlines()[:100] if line.strip().isprintable() and line.strip()
    ]


def _capabilities(answer: str) -> list[str]:
    lines = [line for line in _lines(answer) if line.startswith("* CAPABILITY ")]
    return [word for line in lines for word in line.split()[2:] if _WORD.fullmatch(word)]


def _tagged(tag: bytes) -> Callable[[bytes], bool]:
    """Return a test for the line that ends the answer to the command *tag*."""
    return lambda data: data.endswith(b"\n") and data.rstrip().rsplit(b"\n", 1)[-1].startswith(tag + b" ")


def _dotted(data: bytes) -> bool:
    return data.endswith(b"\r\n.\r\n") or data.startswith(b"-ERR")


def _id(answer: str) -> str:
    """Return what the server says of itself, such as its name and version. Source: RFC 2971."""
    line = next((line for line in _lines(answer) if line.startswith("* ID (")), "")
    return line.removeprefix("* ID ")


def _clear_login(service: str, proof: str) -> Flaw:
    return Flaw(
        weakness=f"{service}-clear-text-login",
        title=f"{service.upper()} takes passwords without encryption",
        severity=Severity.LOW,
        cwe="CWE-319",
        proof=proof,
        remediation="Offer logins only after TLS has begun.",
    )


SMTP = Probe(
    service="smtp",
    ask=ask_smtp,
    ports=(25, 587, 2525),
    secure_ports=(465,),
    greeting=re.compile(rb"(?:220|554)[ -](?![^\r\n]{0,300}ftp)", re.IGNORECASE),
    start_tls=_start_smtp,
)
IMAP = Probe(
    service="imap",
    ask=ask_imap,
    ports=(143,),
    secure_ports=(993,),
    greeting=re.compile(rb"\* (?:OK|PREAUTH|BYE)"),
    start_tls=_start_imap,
)
POP3 = Probe(
    service="pop3",
    ask=ask_pop3,
    ports=(110,),
    secure_ports=(995,),
    greeting=re.compile(rb"\+OK"),
    start_tls=_start_pop3,
)
