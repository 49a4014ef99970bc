"""UDP services: one small packet each, and what the answer tells."""

import re
import struct
from collections.abc import Callable

import msgspec

from chariot.capabilities.services.contract import Seen, text_of
from chariot.capabilities.services.dns import VERSION_BIND, read_version
from chariot.capabilities.support.findings import Flaw, Product
from chariot.model.states import Severity

QUESTION_LIMIT_BYTES = 1_300
_NTP_VERSION = re.compile(r'version="ntpd (\d\.\d\.\d(?:p\d{1,2})?)')
_MEMCACHED = re.compile(r"VERSION (\d{1,2}\.\d{1,3}\.\d{1,3})")
_SERVER = re.compile(r"^(?:server|user-agent): ?([^\r\n]{1,200})", re.IGNORECASE | re.MULTILINE)


class Datagram(msgspec.Struct, frozen=True, kw_only=True):
    """One UDP protocol: what is sent, and how the answer is read."""

    service: str
    port: int
    question: bytes
    read: Callable[[bytes], Seen | None]
    """Returns None where something else answers."""
    local: bool = False
    """Whether it is meant for the own network, and asked for only when the settings say so."""


def _ntp(answer: bytes) -> Seen | None:
    """Read the variables that mode 6 tells. Source: RFC 9327."""
    if len(answer) < 12 or answer[0] & 0x07 != 6 or answer[1] & 0x80 == 0:
        return None
    text = text_of(answer[12:])
    version = _NTP_VERSION.search(text)
    number, _, update = version[1].partition("p") if version else ("", "", "")
    shown = f"{number}p{update}" if update else number
    return Seen(
        service="ntp",
        products=(Product(cpe="a:ntp:ntp", name="NTP", version=shown),) if version else (),
        flaws=(NTP_MODE_6,),
    )


def _ntp_time(answer: bytes) -> Seen | None:
    """Read the time that a server tells everybody. Source: RFC 5905, section 7.3."""
    return Seen(service="ntp") if len(answer) >= 48 and answer[0] & 0x07 == 4 else None


def _snmp(answer: bytes) -> Seen | None:
    """Read the system's description, told to the community `public`. Source: RFC 1901, RFC 3418."""
    at = answer.find(b"\x2b\x06\x01\x02\x01\x01\x01\x00")
    if not answer.startswith(b"\x30") or b"public\xa2" not in answer or at < 0:
        return None
    value = answer[at + 8 :]
    if len(value) < 2 or value[0] != 0x04:
        return Seen(service="snmp", flaws=(SNMP_PUBLIC,))
    head, size = (
        (2, value[1])
        if value[1] < 0x80
        else (2 + (value[1] & 0x7F), int.from_bytes(value[2 : 2 + (value[1] & 0x7F)], "big"))
    )
    description = text_of(value[head : head + size])
    return Seen(
        service="snmp",
        text=description,
        place="snmp",
        facts=(("snmp-description", description[:500]),),
        flaws=(SNMP_PUBLIC,),
    )


def _snmp_engine(answer: bytes) -> Seen | None:
    """Read the report by which SNMP 3 tells its engine. Source: RFC 3414, section 4."""
    return (
        Seen(service="snmp", facts=(("snmp-version", "3"),))
        if answer[:1] == b"\x30" and b"\x02\x01\x03" in answer[:10] and b"\xa8" in answer[30:]
        else None
    )


def _ike(answer: bytes) -> Seen | None:
    """Read the answer to the beginning of IKE 2. Source: RFC 7296, section 3.1."""
    if (
        len(answer) < 28
        or answer[:8] != b"chariot!"
        or answer[17] not in (0x10, 0x20)
        or answer[8:16] == bytes(8)
    ):
        return None
    return Seen(service="isakmp", facts=(("ike-version", "2" if answer[17] == 0x20 else "1"),))


def _tftp(answer: bytes) -> Seen | None:
    """Read the refusal of a file that does not exist. Source: RFC 1350."""
    if len(answer) < 4 or answer[:2] not in (b"\x00\x05", b"\x00\x03", b"\x00\x06"):
        return None
    return Seen(service="tftp", flaws=(TFTP,))


def _netbios(answer: bytes) -> Seen | None:
    """Read the names of a Windows machine. Source: RFC 1002, section 4.2.18."""
    if len(answer) < 57 or answer[:2] != b"\x00\x07" or answer[2] & 0x80 == 0:
        return None
    count = min(answer[56], 30)
    names = {
        text_of(answer[at : at + 15]).strip() for at in range(57, min(57 + 18 * count, len(answer) - 17), 18)
    }
    return Seen(
        service="netbios-ns",
        facts=(("netbios-names", ", ".join(sorted(name for name in names if name.isprintable()))),),
    )


def _memcached(answer: bytes) -> Seen | None:
    """Read the version; by UDP memcached makes thousandfold answers, to whoever's address is forged."""
    match = _MEMCACHED.search(text_of(answer[8:]))
    return Seen(service="memcached", text=match[0], flaws=(MEMCACHED_UDP,)) if match else None


def _quic(answer: bytes) -> Seen | None:
    """Read the versions that a server of QUIC would rather speak. Source: RFC 9000, section 17.2.1."""
    if len(answer) < 11 or not answer[0] & 0x80 or answer[1:5] != bytes(4):
        return None
    at = 6 + answer[5]
    at += 1 + answer[at] if at < len(answer) else 0
    versions = [answer[place : place + 4].hex() for place in range(at, min(len(answer) - 3, at + 80), 4)]
    # Some versions are made up to keep clients flexible, other ones each time. Source: RFC 9000, section 15.
    stable = [one for one in versions if not re.fullmatch(r"(?:.a){4}", one)]
    return Seen(service="quic", facts=(("quic-versions", ", ".join(sorted(stable))),))


def _sip(answer: bytes) -> Seen | None:
    if not answer.startswith(b"SIP/2.0 "):
        return None
    server = _server(answer)
    return Seen(service="sip", text=server, place="header:server", facts=(("sip-server", server),))


def _server(answer: bytes) -> str:
    """Return how a program names itself in the headers of its answer."""
    named = _SERVER.search(text_of(answer))
    return named[1].strip() if named else ""


def _portmap(answer: bytes) -> Seen | None:
    """Read the answer to an empty call. Source: RFC 5531, section 9."""
    if len(answer) < 24 or answer[:8] != b"char\x00\x00\x00\x01":
        return None
    return Seen(service="sunrpc", flaws=(PORTMAP,))


def _ssdp(answer: bytes) -> Seen | None:
    if not answer.startswith(b"HTTP/1.1 200"):
        return None
    server = _server(answer)
    return Seen(
        service="ssdp", text=server, place="header:server", facts=(("ssdp-server", server),), flaws=(SSDP,)
    )


def _mdns(answer: bytes) -> Seen | None:
    return (
        Seen(service="mdns", flaws=(MDNS,))
        if len(answer) >= 12 and answer[:2] == b"\x00\x07" and answer[2] & 0x80
        else None
    )


def _answers(weakness: str, title: str, severity: Severity, cwe: str, proof: str, remedy: str) -> Flaw:
    return Flaw(weakness=weakness, title=title, severity=severity, cwe=cwe, proof=proof, remediation=remedy)


NTP_MODE_6 = _answers(
    "ntp-mode-6", "NTP tells its state to anybody, in answers larger than the question", Severity.LOW, "CWE-406",
    "READVAR is answered", "Add `restrict default noquery`.",
)  # fmt: skip
SNMP_PUBLIC = _answers(
    "snmp-public-community", "SNMP answers to the community public", Severity.HIGH, "CWE-1392",
    "sysDescr is told to the community public", "Use SNMP 3, or at least another community and an access list.",
)  # fmt: skip
TFTP = _answers(
    "tftp-exposed", "TFTP, which asks nobody who they are, can be reached", Severity.MEDIUM, "CWE-306",
    "a request is answered", "Limit it to the network that boots from it.",
)  # fmt: skip
MEMCACHED_UDP = _answers(
    "memcached-udp", "memcached answers by UDP, and so can be used to flood others", Severity.HIGH, "CWE-406",
    "VERSION is told", "Start it with -U 0.",
)  # fmt: skip
PORTMAP = _answers(
    "portmap-exposed", "The port mapper can be reached, and tells which services run", Severity.LOW, "CWE-406",
    "an empty call is answered", "Limit port 111 to the own network.",
)  # fmt: skip
SSDP = _answers(
    "ssdp-exposed", "SSDP answers to strangers, and can be used to flood others", Severity.MEDIUM, "CWE-406",
    "M-SEARCH is answered", "Refuse UDP port 1900 from outside.",
)  # fmt: skip
MDNS = _answers(
    "mdns-exposed", "Multicast DNS answers to strangers", Severity.LOW, "CWE-406",
    "a question for services is answered", "Refuse UDP port 5353 from outside.",
)  # fmt: skip

_NBSTAT = (
    struct.pack(">HHHHHH", 7, 0, 1, 0, 0, 0) + b"\x20CK" + b"A" * 30 + b"\x00" + struct.pack(">HH", 0x21, 1)
)
_SERVICES = (
    struct.pack(">HHHHHH", 7, 0, 1, 0, 0, 0)
    + b"\x09_services\x07_dns-sd\x04_udp\x05local\x00"
    + struct.pack(">HH", 12, 1)
)
_SNMP_GET = bytes.fromhex("302602010104067075626c6963a019020101020100020100300e300c06082b060102010101000500")
_SNMP_3 = bytes.fromhex(
    "303a020103300f02024a69020300ffe30401040201030410300e0400020100020100040004000400301204000400a00c020237f00201000201003000"
)
_IKE_2 = (
    b"chariot!"
    + bytes(8)
    + b"\x21\x20\x22\x08"
    + struct.pack(">II", 0, 376)
    # One proposal that everybody knows: AES-CBC 128, PRF and HMAC of SHA-1, group 14; then a share and a nonce.
    + b"\x22\x00\x00\x30\x00\x00\x00\x2c\x01\x01\x00\x04\x03\x00\x00\x0c\x01\x00\x00\x0c\x80\x0e\x00\x80"
    + b"\x03\x00\x00\x08\x02\x00\x00\x02\x03\x00\x00\x08\x03\x00\x00\x02\x00\x00\x00\x08\x04\x00\x00\x0e"
    + b"\x28\x00\x01\x08\x00\x0e\x00\x00"
    + b"\x5a" * 256
    + b"\x00\x00\x00\x24"
    + b"\xa5" * 32
)
_QUIC = (b"\xc0\x1a\x2a\x3a\x4a\x08chariot!\x08scanner!" + bytes(1_180))[:1_200]
_OPTIONS = (
    b"OPTIONS sip:chariot@chariot.invalid SIP/2.0\r\nVia: SIP/2.0/UDP chariot.invalid;branch=z9hG4bKchariot;rport\r\n"
    b"Max-Forwards: 0\r\nTo: <sip:chariot@chariot.invalid>\r\nFrom: <sip:chariot@chariot.invalid>;tag=1\r\n"
    b"Call-ID: chariot\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)
_NULL_CALL = b"char\x00\x00\x00\x00" + struct.pack(">IIIIIIII", 2, 100_000, 2, 0, 0, 0, 0, 0)
_SEARCH = (
    b'M-SEARCH * HTTP/1.1\r\nHost: 239.255.255.250:1900\r\nMan: "ssdp:discover"\r\nMX: 1\r\n'
    b"ST: upnp:rootdevice\r\n\r\n"
)

DATAGRAMS: tuple[Datagram, ...] = (
    Datagram(service="domain", port=53, question=VERSION_BIND, read=read_version),
    Datagram(service="tftp", port=69, question=b"\x00\x01chariot-no-such-file\x00octet\x00", read=_tftp),
    Datagram(service="sunrpc", port=111, question=_NULL_CALL, read=_portmap),
    Datagram(service="ntp", port=123, question=b"\x16\x02\x00\x01" + bytes(8), read=_ntp),
    Datagram(service="ntp", port=123, question=b"\xe3" + bytes(47), read=_ntp_time),
    Datagram(service="netbios-ns", port=137, question=_NBSTAT, read=_netbios),
    Datagram(service="snmp", port=161, question=_SNMP_GET, read=_snmp),
    Datagram(service="snmp", port=161, question=_SNMP_3, read=_snmp_engine),
    Datagram(service="quic", port=443, question=_QUIC, read=_quic),
    Datagram(service="isakmp", port=500, question=_IKE_2, read=_ike),
    Datagram(service="sip", port=5060, question=_OPTIONS, read=_sip),
    Datagram(
        service="memcached",
        port=11211,
        question=b"\x00\x07\x00\x00\x00\x01\x00\x00version\r\n",
        read=_memcached,
    ),
    Datagram(service="ssdp", port=1900, question=_SEARCH, read=_ssdp, local=True),
    Datagram(service="mdns", port=5353, question=_SERVICES, read=_mdns, local=True),
)
