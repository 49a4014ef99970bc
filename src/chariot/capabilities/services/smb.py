"""SMB: dialects, signing, and the names and build that Windows tells before a login."""

import struct
from collections.abc import Iterator

from chariot.capabilities.services.contract import Door, Probe, Seen, say, text_of
from chariot.capabilities.support.findings import Flaw, Product
from chariot.model.states import Severity

_DIALECTS = {0x0202: "2.0.2", 0x0210: "2.1", 0x0300: "3.0", 0x0302: "3.0.2", 0x0311: "3.1.1"}
_NEGOTIATE, _SESSION_SETUP = 0, 1
_SIGNING_REQUIRED = 2
_LARGE_FILES_AND_STATUS = 0x48
_NATIVE_LIMIT = 200
_NAMES = {3: "smb-host", 4: "smb-domain"}
"""Fields of the challenge's target information. Source: MS-NLMP, section 2.2.2.1."""
_NTLM_NEGOTIATE = (
    b"NTLMSSP\x00" + struct.pack("<II", 1, 0x62088215) + bytes(16) + b"\x0a\x00\x00\x00\x00\x00\x00\x0f"
)


async def ask(door: Door) -> Seen | None:
    """Negotiate, begin a session without a name, then see whether SMB 1 is spoken; no share is opened."""
    async with door.open() as stream:
        answer = await say(stream, _negotiation(), done=_is_whole, limit=8_192)
        modern = answer[4:8] == b"\xfeSMB" and len(answer) >= 76
        challenge = b""
        if modern:
            challenge = await say(stream, _session(), done=_is_whole, limit=8_192)
    is_old, native = await _ask_old(door)
    if not modern and not is_old:
        return None
    mode, dialect = struct.unpack("<HH", answer[70:74]) if modern else (0, 0)
    required = bool(mode & _SIGNING_REQUIRED)
    told = dict(_told(challenge))
    dialects = [_DIALECTS.get(dialect, "")] if modern else []
    return Seen(
        service="microsoft-ds",
        text=native,
        products=tuple(_products(told)),
        facts=(
            ("smb-dialect", ", ".join([*(["1.0"] if is_old else []), *dialects])),
            ("smb-signing", "" if not modern else "required" if required else "optional"),
            ("smb-native", native),
            *((label, told.get(label, "")) for label in (*_NAMES.values(), "smb-build")),
        ),
        flaws=((SMB1,) if is_old else ()) + ((NO_SIGNING,) if modern and not required else ()),
        names=tuple(told[label].lower() for label in ("smb-host",) if "." in told.get(label, "")),
    )


async def _ask_old(door: Door) -> tuple[bool, str]:
    """Return whether SMB 1 is spoken, and which program serves, if that is told to nobody in particular."""
    async with door.open() as stream:
        answer = await say(stream, _old_negotiation(), done=_is_whole, limit=4_096)
        if answer[4:8] != b"\xffSMB" or len(answer) < 39 or answer[37:39] == b"\xff\xff":
            return False, ""
        told = await say(stream, _old_session(), done=_is_whole, limit=4_096)
    return True, _native(told)


def _framed(body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + body


def _head(command: int, number: int) -> bytes:
    """Return an SMB 2 header. Source: MS-SMB2, section 2.2.1.2."""
    return struct.pack(
        "<4sHHIHHIIQIIQ16s", b"\xfeSMB", 64, 0, 0, command, 1, 0, 0, number, 0, 0, 0, bytes(16)
    )


def _negotiation() -> bytes:
    dialects = [number for number in _DIALECTS if number != 0x0311]
    body = struct.pack("<HHHHI16sQ", 36, len(dialects), 1, 0, 0x7F, b"chariot-scanner!", 0)
    return _framed(_head(_NEGOTIATE, 0) + body + b"".join(struct.pack("<H", number) for number in dialects))


def _session() -> bytes:
    """Return a session request that carries the first NTLM message. Source: MS-SMB2, section 2.2.5."""
    body = struct.pack("<HBBIIHHQ", 25, 0, 1, 0, 0, 64 + 24, len(_NTLM_NEGOTIATE), 0)
    return _framed(_head(_SESSION_SETUP, 1) + body + _NTLM_NEGOTIATE)


def _old_negotiation() -> bytes:
    """Return an SMB 1 negotiation that offers nothing newer. Source: MS-CIFS, section 2.2.4.52."""
    dialects = b"\x02NT LM 0.12\x00"
    return _framed(_old_head(0x72) + b"\x00" + struct.pack("<H", len(dialects)) + dialects)


def _old_session() -> bytes:
    """Return an SMB 1 session without name and password. Source: MS-CIFS, section 2.2.4.53."""
    words = struct.pack("<BBHHHHIHHII", 0xFF, 0, 0, 0x1000, 1, 0, 0, 0, 0, 0, _LARGE_FILES_AND_STATUS)
    # Account, domain, system and program, all empty.
    nobody = bytes(4)
    return _framed(
        _old_head(0x73) + bytes([len(words) // 2]) + words + struct.pack("<H", len(nobody)) + nobody
    )


def _old_head(command: int) -> bytes:
    """Return an SMB 1 header whose texts are in bytes, not in UTF-16. Source: MS-CIFS, section 2.2.3.1."""
    return struct.pack("<4sBIBH12sHHHH", b"\xffSMB", command, 0, 0x18, 0x4001, bytes(12), 0, 1, 0, 0)


def _native(answer: bytes) -> str:
    """Return the program that the answer to `_old_session` names; empty where there is none."""
    if answer[4:8] != b"\xffSMB" or len(answer) < 37 or answer[8] != 0x73 or not answer[36]:
        return ""
    _system, _, rest = answer[39 + 2 * answer[36] :].partition(b"\x00")
    return text_of(rest.partition(b"\x00")[0])[:_NATIVE_LIMIT]


def _is_whole(data: bytes) -> bool:
    return len(data) >= 4 and len(data) >= 4 + (struct.unpack(">I", data[:4])[0] & 0xFFFFFF)


def _told(answer: bytes) -> Iterator[tuple[str, str]]:
    """Yield names and build from the NTLM challenge in *answer*."""
    at = answer.find(b"NTLMSSP\x00\x02\x00\x00\x00")
    if at < 0:
        return
    challenge = answer[at:]
    if len(challenge) < 56:
        return
    major, minor, build = struct.unpack("<BBH", challenge[48:52])
    if major:
        yield "smb-build", f"{major}.{minor}.{build}"
    size, _, offset = struct.unpack("<HHI", challenge[40:48])
    fields = challenge[offset : offset + size]
    while len(fields) >= 4:
        kind, length = struct.unpack("<HH", fields[:4])
        if kind in _NAMES:
            yield _NAMES[kind], fields[4 : 4 + length].decode("utf-16-le", "replace")[:255]
        if kind == 0:
            return
        fields = fields[4 + length :]


def _products(told: dict[str, str]) -> Iterator[Product]:
    build = told.get("smb-build", "")
    # Samba says 6.1.0, the build of no Windows.
    if build == "6.1.0":
        yield Product(cpe="a:samba:samba", name="Samba")
    elif build:
        yield Product(cpe="o:microsoft:windows", name="Microsoft Windows", version=build)


SMB1 = Flaw(
    weakness="smb-version-1",
    title="SMB 1 is spoken, which has no defence against attackers on the way",
    severity=Severity.HIGH,
    cwe="CWE-327",
    proof="NT LM 0.12 is accepted",
    remediation="Turn SMB 1 off.",
)
NO_SIGNING = Flaw(
    weakness="smb-signing-not-required",
    title="SMB does not require signatures, so that logins can be relayed",
    severity=Severity.MEDIUM,
    cwe="CWE-347",
    proof="the security mode lacks SIGNING_REQUIRED",
    remediation="Require signing on server and clients.",
)
PROBE = Probe(service="microsoft-ds", ask=ask, ports=(445, 139, 1445))
