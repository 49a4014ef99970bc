"""VNC, RDP and Telnet: remote screens and shells, and whether they ask who is there first."""

import re
import struct

from chariot.capabilities.services.contract import (
    Door,
    Probe,
    Seen,
    handshake,
    has_line,
    holds,
    say,
    text_of,
)
from chariot.capabilities.support.findings import Flaw
from chariot.model.states import Severity

_RFB = re.compile(rb"RFB (\d{3})\.(\d{3})\n")
_SECURITY_TYPES = {
    1: "none",
    2: "vnc password",
    5: "RA2",
    6: "RA2ne",
    16: "tight",
    18: "TLS",
    19: "VeNCrypt",
    20: "SASL",
    30: "Apple remote desktop",
}
"""Source: the IANA registry of RFB security types."""
_TELNET_COMMAND = re.compile(rb"\xff[\xfb-\xfe].|\xff\xfa[^\xff]{0,200}\xff\xf0|\xff.", re.DOTALL)
_RDP_TLS, _RDP_NLA, _RDP_EXTENDED = 1, 2, 8
_RDP_MODES = {0: "standard RDP security", 1: "TLS", 2: "NLA", 4: "RDSTLS", 8: "NLA with early authorisation"}
"""Source: MS-RDPBCGR, section 2.2.1.1.1."""


async def ask_vnc(door: Door) -> Seen | None:
    """Agree on a version and read which securities are offered; none of them is begun."""
    async with door.open() as stream:
        match = _RFB.match(await say(stream, b"", done=holds(12), limit=64))
        if match is None:
            return None
        old = (int(match[1]), int(match[2])) < (3, 7)
        answer = await say(
            stream, b"RFB 003.003\n" if old else b"RFB 003.008\n", done=holds(4 if old else 2), limit=256
        )
    if old:
        types = [struct.unpack(">I", answer[:4])[0]] if len(answer) >= 4 else []
    else:
        types = list(answer[1 : 1 + answer[0]]) if answer else []
    names = sorted({_SECURITY_TYPES.get(number, f"type {number}") for number in types})
    return Seen(
        service="vnc",
        text=text_of(match[0]),
        facts=(("vnc-version", f"{int(match[1])}.{int(match[2])}"), ("vnc-security", ", ".join(names))),
        flaws=(NO_VNC_PASSWORD,) if 1 in types else (),
    )


async def ask_rdp(door: Door) -> Seen | None:
    """Negotiate with everything offered, then without NLA; no session is begun."""
    best = await _rdp_mode(door, _RDP_TLS | _RDP_NLA | _RDP_EXTENDED)
    if best is None:
        return None
    async with door.open() as stream:
        weaker = _rdp_answer(await say(stream, _rdp_request(_RDP_TLS), done=_is_whole_tpkt, limit=1_024))
        certificates = await handshake(stream) if weaker == _RDP_TLS else ()
    needs_nla = weaker is None or weaker < 0
    if not certificates and best & (_RDP_TLS | _RDP_NLA | _RDP_EXTENDED):
        async with door.open() as stream:
            await say(stream, _rdp_request(_RDP_TLS | _RDP_NLA), done=_is_whole_tpkt, limit=1_024)
            certificates = await handshake(stream)
    return Seen(
        service="ms-wbt-server",
        facts=(
            ("rdp-security", _RDP_MODES.get(best, "refused")),
            ("rdp-nla", "required" if needs_nla else "optional"),
        ),
        flaws=() if needs_nla else (NO_NLA,),
        certificates=certificates,
    )


async def _rdp_mode(door: Door, offered: int) -> int | None:
    return _rdp_answer(await door.ask(_rdp_request(offered), done=_is_whole_tpkt, limit=1_024))


def _rdp_request(protocols: int) -> bytes:
    """Return a connection request. Source: MS-RDPBCGR, section 2.2.1.1."""
    negotiation = struct.pack("<BBHI", 1, 0, 8, protocols)
    body = struct.pack(">BBHHB", 6 + len(negotiation), 0xE0, 0, 0, 0) + negotiation
    return struct.pack(">BBH", 3, 0, 4 + len(body)) + body


def _is_whole_tpkt(data: bytes) -> bool:
    return len(data) >= 4 and len(data) >= struct.unpack(">H", data[2:4])[0]


def _rdp_answer(data: bytes) -> int | None:
    """Return the protocol chosen, -1 for a refusal, None where it is no RDP."""
    if len(data) < 11 or data[0] != 3 or data[5] & 0xF0 != 0xD0:
        return None
    if len(data) < 19:
        return 0
    kind, _, _, value = struct.unpack("<BBHI", data[11:19])
    return int(value) if kind == 2 else -1


async def ask_telnet(door: Door) -> Seen | None:
    """Refuse no option and accept none: read what is said, which is enough to know it."""
    async with door.open() as stream:
        data = await say(
            stream,
            b"",
            done=lambda had: not _TELNET_COMMAND.sub(b"", had).endswith(b"\xff") and has_line(had),
        )
    if not re.match(rb"\xff[\xfb-\xfe]", data) and not (
        door.port == 23 and re.search(rb"(?i)login|password|user", data)
    ):
        return None
    words = text_of(_TELNET_COMMAND.sub(b"", data)).strip()
    return Seen(
        service="telnet",
        text=words,
        facts=(("encryption", "required" if door.is_secure else "none"),),
        flaws=() if door.is_secure else (TELNET,),
    )


NO_VNC_PASSWORD = Flaw(
    weakness="vnc-without-password",
    title="VNC shows its screen without a password",
    severity=Severity.CRITICAL,
    cwe="CWE-306",
    proof="security type 1 (none) is offered",
    remediation="Set a password or better a VPN before it, and take type 1 out of the security types.",
)
NO_NLA = Flaw(
    weakness="rdp-without-nla",
    title="RDP begins a session before it knows who is there",
    severity=Severity.MEDIUM,
    cwe="CWE-287",
    proof="a connection that offers no NLA is accepted",
    remediation="Require network level authentication.",
)
TELNET = Flaw(
    weakness="telnet-clear-text",
    title="Telnet sends passwords and all that follows in clear",
    severity=Severity.HIGH,
    cwe="CWE-319",
    proof="Telnet options are negotiated",
    remediation="Use SSH, and turn Telnet off.",
)
VNC = Probe(service="vnc", ask=ask_vnc, ports=(5900, 5901, 5902), greeting=re.compile(rb"RFB \d{3}\.\d{3}\n"))
RDP = Probe(service="ms-wbt-server", ask=ask_rdp, ports=(3389,))
TELNET_PROBE = Probe(
    service="telnet",
    ask=ask_telnet,
    ports=(23, 2323),
    secure_ports=(992,),
    greeting=re.compile(rb"\xff[\xfb-\xfe]"),
)
