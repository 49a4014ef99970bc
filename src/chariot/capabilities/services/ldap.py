"""LDAP: what the directory says of itself, TLS, and whether it lets anybody read."""

from collections.abc import Iterator

from chariot.capabilities.services.contract import Door, Probe, Seen, handshake, say, text_of
from chariot.capabilities.support.findings import Flaw, Product
from chariot.capability import Stream
from chariot.model.states import Severity

LIMIT_BYTES = 65_536
_SEARCH, _ENTRY, _DONE, _EXTENDED, _EXTENDED_ANSWER = 0x63, 0x64, 0x65, 0x77, 0x78
_START_TLS = b"1.3.6.1.4.1.1466.20037"
_ROOT = (
    "vendorName",
    "vendorVersion",
    "namingContexts",
    "supportedLDAPVersion",
    "dnsHostName",
    "objectClass",
)
_SHOWN = {
    "vendorName": "ldap-vendor",
    "vendorVersion": "ldap-vendor-version",
    "namingContexts": "ldap-naming-contexts",
}
_ACTIVE_DIRECTORY = "1.2.840.113556.1.4.800"

Attributes = dict[str, list[str]]


async def ask(door: Door) -> Seen | None:
    """Read the root entry, which is for everybody, and see whether the first naming context is as well."""
    async with door.open() as stream:
        answer = await say(
            stream, _search(1, "", (*_ROOT, "supportedCapabilities")), done=_is_done, limit=LIMIT_BYTES
        )
        root = next(entries(answer), None)
        if root is None:
            return Seen(service=_named(door)) if _result(answer, _DONE) is not None else None
        contexts = [one for one in root.get("namingContexts", ()) if one][:1]
        readable = []
        if contexts:
            more = await say(
                stream, _search(2, contexts[0], ("objectClass",)), done=_is_done, limit=LIMIT_BYTES
            )
            readable = list(entries(more))
    certificates = await _certificates(door) if not door.is_secure else ()
    shown = [(label, ", ".join(sorted(root.get(name, ())))) for name, label in _SHOWN.items()]
    names = tuple(name.lower() for name in root.get("dnsHostName", ())[:1])
    return Seen(
        service=_named(door),
        products=tuple(_products(root)),
        facts=(
            *shown,
            ("encryption", "required" if door.is_secure else "offered" if certificates else "none"),
            ("anonymous-read", "allowed" if readable else "refused"),
        ),
        flaws=(ANONYMOUS,) if readable else (),
        certificates=certificates,
        names=names,
    )


def _named(door: Door) -> str:
    return "ldaps" if door.is_secure else "ldap"


def _products(root: Attributes) -> Iterator[Product]:
    if _ACTIVE_DIRECTORY in root.get("supportedCapabilities", ()):
        yield Product(cpe="a:microsoft:active_directory", name="Microsoft Active Directory")
    elif "OpenLDAProotDSE" in root.get("objectClass", ()):
        yield Product(cpe="a:openldap:openldap", name="OpenLDAP")
    elif any("389 Project" in name for name in root.get("vendorName", ())):
        version = next(iter(root.get("vendorVersion", ())), "").partition("/")[2].partition(" ")[0]
        yield Product(cpe="a:port389:389-ds-base", name="389 Directory Server", version=version)


async def _certificates(door: Door) -> tuple[bytes, ...]:
    async with door.open() as stream:
        return await handshake(stream) if await _start_tls(stream) else ()


async def _start_tls(stream: Stream) -> bool:
    request = _message(1, _element(_EXTENDED, _element(0x80, _START_TLS)))
    answer = await say(
        stream, request, done=lambda data: _result(data, _EXTENDED_ANSWER) is not None, limit=4_096
    )
    return _result(answer, _EXTENDED_ANSWER) == 0


def _element(tag: int, content: bytes) -> bytes:
    """Return one BER element; lengths over 127 take the long form."""
    size = len(content)
    length = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big")
    return bytes([tag]) + length + content


def _message(number: int, operation: bytes) -> bytes:
    return _element(0x30, _element(0x02, bytes([number])) + operation)


def _search(number: int, base: str, wanted: tuple[str, ...]) -> bytes:
    """Return a search for one entry by its own name. Source: RFC 4511, section 4.5.1."""
    listed = b"".join(_element(0x04, name.encode()) for name in wanted)
    body = (
        _element(0x04, base.encode()[:1_000])
        + _element(0x0A, b"\x00")  # this entry alone
        + _element(0x0A, b"\x00")
        + _element(0x02, b"\x01")  # one entry
        + _element(0x02, b"\x02")  # two seconds
        + _element(0x01, b"\x00")
        + _element(0x87, b"objectClass")
        + _element(0x30, listed)
    )
    return _message(number, _element(_SEARCH, body))


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield tag and content of each element of *data*; it ends where the bytes make no sense."""
    at = 0
    while at + 2 <= len(data):
        tag, size, head = data[at], data[at + 1], 2
        if size & 0x80:
            count = size & 0x7F
            if not 1 <= count <= 4 or at + 2 + count > len(data):
                return
            size = int.from_bytes(data[at + 2 : at + 2 + count], "big")
            head += count
        if at + head + size > len(data):
            return
        yield tag, data[at + head : at + head + size]
        at += head + size


def _operations(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the operation of each LDAP message."""
    for tag, message in _parts(data):
        inner = list(_parts(message))
        if tag == 0x30 and len(inner) >= 2 and inner[0][0] == 0x02:
            yield inner[1]


def _result(data: bytes, operation: int) -> int | None:
    """Return the result code of the first answer of that operation; None where there is none."""
    for tag, content in _operations(data):
        if tag == operation:
            code = next((value for kind, value in _parts(content) if kind == 0x0A), b"")
            return int.from_bytes(code[:2], "big") if code else None
    return None


def _is_done(data: bytes) -> bool:
    return _result(data, _DONE) is not None


def entries(data: bytes) -> Iterator[Attributes]:
    """Yield the attributes of each entry that a search found; at most 50 values of each are kept."""
    for tag, content in _operations(data):
        parts = list(_parts(content))
        if tag != _ENTRY or len(parts) < 2:
            continue
        found: Attributes = {}
        for _, attribute in _parts(parts[1][1]):
            pair = list(_parts(attribute))
            if len(pair) == 2:
                values = [text_of(value)[:500] for _, value in _parts(pair[1][1])]
                found[text_of(pair[0][1])[:100]] = values[:50]
        yield found


ANONYMOUS = Flaw(
    weakness="ldap-anonymous-read",
    title="The directory lets anybody read entries",
    severity=Severity.MEDIUM,
    cwe="CWE-306",
    proof="the entry of the first naming context is told without a bind",
    remediation="Refuse anonymous searches outside the root entry.",
)
PROBE = Probe(
    service="ldap", ask=ask, ports=(389, 3268, 1389), secure_ports=(636, 3269), start_tls=_start_tls
)
