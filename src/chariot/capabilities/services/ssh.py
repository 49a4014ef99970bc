"""SSH: version, algorithms, host key, and what is weak among them."""

import hashlib
import re
import struct
from base64 import b64encode

from chariot.capabilities.services.contract import Door, Probe, Seen, has_line, say, text_of
from chariot.capabilities.support.findings import Flaw
from chariot.capability import NoAnswerError, Stream
from chariot.model.states import Severity

OUR_NAME = b"SSH-2.0-Chariot\r\n"
PACKET_LIMIT = 35_000
"""Source: RFC 4253, section 6.1."""
_KEXINIT, _ECDH_INIT, _ECDH_REPLY = 20, 30, 31
_LISTS = (
    "ssh-kex",
    "ssh-host-keys",
    "ssh-ciphers",
    "ssh-ciphers-back",
    "ssh-macs",
    "ssh-macs-back",
    "ssh-compression",
)
"""The name-lists of SSH_MSG_KEXINIT in their order. Source: RFC 4253, section 7.1."""
_SHOWN = ("ssh-kex", "ssh-host-keys", "ssh-ciphers", "ssh-macs")
_ALGORITHM = re.compile(r"[!-+\--~]{1,64}")
_CURVE = "curve25519-sha256"
_WEAK = {
    "ssh-kex": re.compile(r"diffie-hellman-(?:group1|group-exchange)-sha1|gss-group1-sha1-.*|rsa1024-sha1"),
    "ssh-host-keys": re.compile(r"ssh-dss"),
    "ssh-ciphers": re.compile(r"(?:3des|des|blowfish|cast128|rc2).*|arcfour.*|none"),
    "ssh-macs": re.compile(r"hmac-md5.*|hmac-sha1-96.*|none"),
}
_STRICT = "kex-strict-s-v00@openssh.com"

Lists = dict[str, tuple[str, ...]]


async def ask(door: Door) -> Seen | None:
    """Exchange names and key exchange offers, and fetch one host key; the exchange ends there."""
    async with door.open() as stream:
        greeting = await say(stream, b"", done=has_line, limit=4_096)
        name = _name(greeting)
        if not name:
            return None
        seen = Seen(service="ssh", text=name)
        try:
            # The offer may follow the name in the same segment.
            rest = greeting.partition(b"\n")[2] if greeting.startswith(b"SSH-") else b""
            offered = lists_of(await _packet(stream, OUR_NAME, rest))
        except NoAnswerError:
            return seen
        if offered is None:
            return seen
        key = await _host_key(stream, offered)
    shown = ((label, ", ".join(offered[label])) for label in _SHOWN)
    return Seen(
        service="ssh",
        text=name,
        facts=(*shown, *((("ssh-host-key", key),) if key else ())),
        flaws=tuple(_flaws(name, offered)),
    )


def _name(greeting: bytes) -> str:
    """Return the line with which an SSH server names itself; other lines may stand before it."""
    lines = text_of(greeting).splitlines()
    return next((line.strip() for line in lines if line.startswith("SSH-")), "")


async def _packet(stream: Stream, question: bytes, had: bytes = b"") -> bytes:
    """Send *question* and return the payload of the next packet; empty where none comes."""

    def is_whole(data: bytes) -> bool:
        data = had + data
        return len(data) >= 4 and len(data) >= 4 + min(struct.unpack(">I", data[:4])[0], PACKET_LIMIT)

    if question:
        await stream.send(question)
    data = (
        had if had and is_whole(b"") else had + await say(stream, b"", done=is_whole, limit=PACKET_LIMIT + 4)
    )
    if len(data) < 6:
        return b""
    size, padding = struct.unpack(">IB", data[:5])
    return data[5 : 4 + size - padding] if size <= PACKET_LIMIT and padding < size else b""


def lists_of(payload: bytes) -> Lists | None:
    """Return the algorithms that a key exchange offer lists; None when it is none."""
    if len(payload) < 17 or payload[0] != _KEXINIT:
        return None
    found: Lists = {}
    at = 17
    for label in _LISTS:
        names, at = _string(payload, at)
        texts = text_of(names).split(",")[:100]
        found[label] = tuple(text for text in texts if _ALGORITHM.fullmatch(text))
    return found


def _string(data: bytes, at: int) -> tuple[bytes, int]:
    """Return the length-prefixed string at *at*, and where the next one begins; empty at the end."""
    if at + 4 > len(data):
        return b"", len(data)
    (size,) = struct.unpack(">I", data[at : at + 4])
    return data[at + 4 : at + 4 + size], at + 4 + size


async def _host_key(stream: Stream, offered: Lists) -> str:
    """Return type and fingerprint of the host key that the server prefers; empty where it shows none.

    The point that we send is a fixed one: nothing is computed with it, because nothing is said after the key.
    """
    if _CURVE not in offered["ssh-kex"] or not offered["ssh-host-keys"]:
        return ""
    cipher = offered["ssh-ciphers"][:1] or ("aes128-ctr",)
    mac = offered["ssh-macs"][:1] or ("hmac-sha2-256",)
    lists = ((_CURVE,), offered["ssh-host-keys"][:1], cipher, cipher, mac, mac, ("none",), ("none",), (), ())
    offer = bytes([_KEXINIT]) + bytes(16) + b"".join(_packed(",".join(names).encode()) for names in lists)
    point = bytes([9]) + bytes(31)
    try:
        await stream.send(_framed(offer + bytes(5)))
        reply = await _packet(stream, _framed(bytes([_ECDH_INIT]) + _packed(point)))
    except NoAnswerError:
        return ""
    if not reply or reply[0] != _ECDH_REPLY:
        return ""
    blob, _ = _string(reply, 1)
    kind = text_of(_string(blob, 0)[0])
    digest = b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    return f"{kind} SHA256:{digest}" if _ALGORITHM.fullmatch(kind) else ""


def _packed(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _framed(payload: bytes) -> bytes:
    """Return *payload* as an unencrypted packet: padded to 8 bytes, by 4 at least. Source: RFC 4253, section 6."""
    padding = 8 - (len(payload) + 5) % 8
    padding += 8 if padding < 4 else 0
    return struct.pack(">IB", len(payload) + padding + 1, padding) + payload + bytes(padding)


def _flaws(name: str, offered: Lists) -> list[Flaw]:
    found = []
    weak = sorted(
        f"{label.removeprefix('ssh-')}: {algorithm}"
        for label, pattern in _WEAK.items()
        for algorithm in offered[label]
        if pattern.fullmatch(algorithm)
    )
    if weak:
        found.append(
            Flaw(
                weakness="ssh-weak-algorithms",
                title="SSH offers algorithms that are broken or nearly so",
                severity=Severity.LOW,
                cwe="CWE-327",
                proof="\n".join(weak),
                remediation="Remove the named algorithms from KexAlgorithms, Ciphers, MACs and HostKeyAlgorithms.",
            )
        )
    if name.startswith(("SSH-1.5", "SSH-1.3", "SSH-1.99")):
        found.append(
            Flaw(
                weakness="ssh-protocol-1",
                title="SSH protocol 1 is spoken, which does not protect what is sent",
                severity=Severity.HIGH,
                cwe="CWE-327",
                proof=name,
                remediation="Allow protocol 2 alone.",
            )
        )
    if _is_terrapin(offered):
        found.append(
            Flaw(
                weakness="CVE-2023-48795",
                title="SSH lets an attacker on the way drop messages at the start (Terrapin)",
                severity=Severity.MEDIUM,
                cwe="CWE-354",
                proof=f"offers {', '.join(_prefix_truncatable(offered))} without {_STRICT}",
                remediation="Update the server so that it has strict key exchange, or turn the named modes off.",
            )
        )
    return found


def _is_terrapin(offered: Lists) -> bool:
    """Tell whether the Terrapin attack works. Source: CVE-2023-48795 and the paper of its finders."""
    return _STRICT not in offered["ssh-kex"] and bool(_prefix_truncatable(offered))


def _prefix_truncatable(offered: Lists) -> list[str]:
    modes = [one for one in offered["ssh-ciphers"] if one.startswith("chacha20-poly1305")]
    if any(one.endswith("-cbc") for one in offered["ssh-ciphers"]):
        modes += [one for one in offered["ssh-macs"] if one.endswith("-etm@openssh.com")]
    return modes


PROBE = Probe(
    service="ssh", ask=ask, ports=(22, 2222), greeting=re.compile(rb"(?:[^\r\n]{0,200}\r?\n){0,5}SSH-\d")
)
