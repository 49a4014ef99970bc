"""Services with a word or two to say: rsync, X11, JDWP, AJP, RTSP and SIP."""

import re

from chariot.capabilities.services.contract import Door, Probe, Seen, holds, say, text_of
from chariot.capabilities.support.findings import Flaw
from chariot.model.states import Severity

_RSYNC = re.compile(rb"@RSYNCD: (\d{1,3}\.\d{1,2})[^\r\n]{0,200}\n")
_MODULE = re.compile(r"^([A-Za-z0-9_.-]{1,100})\s", re.MULTILINE)
_JDWP = b"JDWP-Handshake"
_AJP_PING = b"\x12\x34\x00\x01\x0a"
_AJP_PONG = b"AB\x00\x01\x09"
_SERVER = re.compile(r"^(?:Server|User-Agent): ?([^\r\n]{1,200})", re.MULTILINE | re.IGNORECASE)


async def ask_rsync(door: Door) -> Seen | None:
    """Ask for the list of modules; none is opened."""
    async with door.open() as stream:
        greeting = await say(stream, b"", done=lambda data: data.endswith(b"\n"), limit=512)
        match = _RSYNC.match(greeting)
        if match is None:
            return None
        listing = await say(
            stream, b"@RSYNCD: 30.0\n\n", done=lambda data: b"@RSYNCD: EXIT" in data, limit=16_384
        )
    modules = sorted({one[1] for one in _MODULE.finditer(text_of(listing)) if not one[1].startswith("@")})
    return Seen(
        service="rsync",
        facts=(("rsync-protocol", text_of(match[1])), ("rsync-modules", ", ".join(modules))),
        flaws=(
            Flaw(
                weakness="rsync-modules-listed",
                title="rsync lists its modules to anybody",
                severity=Severity.LOW,
                cwe="CWE-200",
                proof=", ".join(modules),
                remediation="Set `list = no`, and require `auth users` for each module.",
            ),
        )
        if modules
        else (),
    )


async def ask_x11(door: Door) -> Seen | None:
    """Begin without a cookie; no window is opened."""
    answer = await door.ask(b"l\x00\x0b\x00\x00\x00\x00\x00\x00\x00\x00\x00", done=holds(8), limit=1_024)
    if len(answer) < 8 or answer[0] not in (0, 1, 2) or answer[2:4] != b"\x0b\x00":
        return None
    is_open = answer[0] == 1
    return Seen(
        service="x11",
        facts=(("authentication", "none" if is_open else "required"),),
        flaws=(
            Flaw(
                weakness="x11-without-authentication",
                title="X11 lets anybody read the screen and type",
                severity=Severity.CRITICAL,
                cwe="CWE-306",
                proof="a connection without a cookie is accepted",
                remediation="Start the server with `-nolisten tcp`, and use SSH forwarding.",
            ),
        )
        if is_open
        else (),
    )


async def ask_jdwp(door: Door) -> Seen | None:
    """Shake hands with the debugger's wire; no command is sent."""
    if await door.ask(_JDWP, done=holds(len(_JDWP)), limit=64) != _JDWP:
        return None
    return Seen(
        service="jdwp",
        flaws=(
            Flaw(
                weakness="jdwp-exposed",
                title="A Java debugger's port is open: whoever connects runs code",
                severity=Severity.CRITICAL,
                cwe="CWE-489",
                proof="JDWP-Handshake",
                remediation="Start the program without -agentlib:jdwp, or bind it to 127.0.0.1.",
            ),
        ),
    )


async def ask_ajp(door: Door) -> Seen | None:
    """Ping the servlet container behind a web server."""
    if await door.ask(_AJP_PING, done=holds(5), limit=64) != _AJP_PONG:
        return None
    return Seen(
        service="ajp13",
        flaws=(
            Flaw(
                weakness="ajp-exposed",
                title="AJP, which trusts whoever connects, can be reached",
                severity=Severity.HIGH,
                cwe="CWE-668",
                proof="CPong",
                remediation="Bind the connector to 127.0.0.1 or turn it off; set a secret.",
            ),
        ),
    )


async def ask_rtsp(door: Door) -> Seen | None:
    """Ask for options; no stream is described."""
    return await _options(door, "rtsp", b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n", b"RTSP/1.")


async def ask_sip(door: Door) -> Seen | None:
    """Ask for options; nobody is called."""
    question = (
        "OPTIONS sip:chariot@chariot.invalid SIP/2.0\r\nVia: SIP/2.0/TCP chariot.invalid;branch=z9hG4bKchariot\r\n"
        "Max-Forwards: 0\r\nTo: <sip:chariot@chariot.invalid>\r\nFrom: <sip:chariot@chariot.invalid>;tag=1\r\n"
        "Call-ID: chariot\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    )
    return await _options(door, "sip", question.encode(), b"SIP/2.0 ")


async def _options(door: Door, service: str, question: bytes, beginning: bytes) -> Seen | None:
    answer = await door.ask(question, done=lambda data: b"\r\n\r\n" in data, limit=8_192)
    if not answer.startswith(beginning):
        return None
    named = _SERVER.search(text_of(answer))
    server = named[1].strip() if named else ""
    return Seen(service=service, text=server, place="header:server", facts=((f"{service}-server", server),))


RSYNC = Probe(service="rsync", ask=ask_rsync, ports=(873,), greeting=_RSYNC)
X11 = Probe(service="x11", ask=ask_x11, ports=(6000, 6001), elsewhere=False)
JDWP = Probe(service="jdwp", ask=ask_jdwp, ports=(5005, 8787))
AJP = Probe(service="ajp13", ask=ask_ajp, ports=(8009,))
RTSP = Probe(service="rtsp", ask=ask_rtsp, ports=(554, 8554))
SIP = Probe(service="sip", ask=ask_sip, ports=(5060,), secure_ports=(5061,), elsewhere=False)
