"""Canonical forms: what each kind of text must look like inside an entity.

A check returns the canonical form of what people and tools write, or raises ValueError with a text that says
what is wrong; the entity adds which field it was.
"""

import re
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from itertools import product
from typing import Any
from urllib.parse import urlsplit

import idna

from chariot.model.keys import kind_of

LINE_LIMIT = 4_096
"""The longest single-line text in a structural field, in characters."""

_CANONICAL_NAME = re.compile(r"(?=.{1,253}\Z)(?:(?!-)[a-z0-9_-]{1,63}(?<!-)\.)*(?!-)[a-z0-9_-]{1,63}(?<!-)")
_LETTERED_NAME = re.compile(
    r"(?:[a-z0-9_]++(?:-++[a-z0-9_]++)*+\.)*+[a-z_][a-z0-9_]*+(?:-++[a-z0-9_]++)*+", re.ASCII
)
"""A canonical name where it is short, whose last label cannot be a number, so that it is no address either."""
_SHORT_NAME = 63
_CANONICAL_IPV4 = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!\Z)|\Z)){4}", re.ASCII)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_CANONICAL_URL = re.compile(
    r"(https?)://(?=[^:/]{1,253}[:/])(?:(?!-)[a-z0-9_-]{1,63}(?<!-)\.)*[a-z][a-z0-9_-]{0,62}(?<!-)"
    r"(?::([1-9]\d{0,4}))?/[!-\"$->@-~]*"
)
_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,127}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_CVE_BEGINNINGS = frozenset(map("".join, product("Cc", "Vv", "Ee", "-")))
_CVE = re.compile(r"CVE-(\d{4})-(\d{4,19})", re.ASCII | re.IGNORECASE)
_RECORD_TYPE = re.compile(r"[A-Z][A-Z0-9-]{0,15}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_CPE = re.compile(r"cpe:2\.3:[aoh*-](?::(?:[^\s:\\]|\\[^\s])+){10}")
_KNOWN_LIMIT = 20_000
_KNOWN_LENGTH = 255
_known_names: set[str] = set()
_known_addresses: set[str] = set()
_known_urls: set[str] = set()
_WIDEST_IPV4 = 8
_WIDEST_IPV6 = 32


def shown(value: object, limit: int = 80) -> str:
    """Return *value* as an error may quote it: printable and short."""
    text = ascii(value)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text):,} characters)"


def _remembered(known: set[str], value: str) -> str:
    """Return *value* and keep it in *known*: what is in one batch is in it several times, and in the next again."""
    if len(known) >= _KNOWN_LIMIT:
        known.clear()
    if len(value) <= _KNOWN_LENGTH:
        known.add(value)
    return value


def line(value: Any) -> str:
    """Check one line of text: no control characters, at most `LINE_LIMIT` characters."""
    if value.__class__ is not str:
        raise ValueError(f"expected text, got {type(value).__name__}")
    if len(value) > LINE_LIMIT:
        raise ValueError(f"longer than {LINE_LIMIT:,} characters: {shown(value)}")
    if not value.isprintable():
        what = "is not UTF-8" if _SURROGATE.search(value) else "has a control character"
        raise ValueError(f"{what}: {shown(value)}")
    return str(value)


def filled(value: Any) -> str:
    """Check one line of text that is not empty."""
    if not line(value).strip():
        raise ValueError("must not be empty")
    return str(value)


def outside(value: Any) -> str:
    """Check text from outside: any characters but NUL and lone surrogates, which no store can hold."""
    if value.__class__ is not str:
        raise ValueError(f"expected text, got {type(value).__name__}")
    if "\0" in value:
        raise ValueError("has a NUL character")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError("has a lone surrogate, which is not text") from None
    return str(value)


def host_name(value: Any) -> str:
    """Return a DNS name in lower case, as A-labels, without the trailing dot.

    Length limits are in octets. Source: RFC 1035, section 2.3.4; RFC 5891.
    """
    if value.__class__ is str:
        if value in _known_names:
            return str(value)
        if _is_canonical_name(value):
            return _remembered(_known_names, value)
    name = line(value).strip().rstrip(".").lower()
    try:
        ip_address(name)
    except ValueError:
        pass
    else:
        raise ValueError(f"is an address, not a name: {shown(value)}")
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise ValueError(f"not a DNS name: {shown(value)} ({error})") from None
        if _CANONICAL_IPV4.fullmatch(name):
            raise ValueError(f"is an address in other digits, not a name: {shown(value)}")
    if not _CANONICAL_NAME.fullmatch(name):
        raise ValueError(f"not a DNS name: {shown(value)}")
    return name


def _is_canonical_name(text: str) -> bool:
    if len(text) <= _SHORT_NAME and _LETTERED_NAME.fullmatch(text):
        return True
    return bool(_CANONICAL_NAME.fullmatch(text)) and not _CANONICAL_IPV4.fullmatch(text)


def record_type(value: Any) -> str:
    """Return the name of a DNS record type in capitals, such as MX or TYPE65534. Source: RFC 3597, section 5."""
    text = line(value).strip().upper()
    if not _RECORD_TYPE.fullmatch(text):
        raise ValueError(f"not a DNS record type: {shown(value)}")
    return text


def ip(value: Any) -> str:
    """Return an IPv4 or IPv6 address in its canonical form; a mapped IPv4 address becomes IPv4."""
    if value.__class__ is str:
        if value in _known_addresses:
            return str(value)
        if _CANONICAL_IPV4.fullmatch(value):
            return _remembered(_known_addresses, value)
    text = line(value).strip()
    try:
        address = ip_address(text)
    except ValueError:
        raise ValueError(f"not an IP address: {shown(value)}") from None
    if address.version == 6:
        if address.scope_id is not None:
            raise ValueError(f"an address with a zone is known to one host only: {shown(value)}")
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
    return str(address)


def cidr(value: Any) -> str:
    """Return a netblock as `address/length`, refusing host bits and blocks no organisation owns."""
    text = line(value).strip()
    try:
        network = ip_network(text)
    except ValueError as error:
        raise ValueError(f"not a netblock: {shown(value)} ({error})") from None
    if "%" in text:
        raise ValueError(f"a netblock with a zone is known to one host only: {shown(value)}")
    widest = _WIDEST_IPV4 if network.version == 4 else _WIDEST_IPV6
    if network.prefixlen < widest:
        raise ValueError(
            f"{network} is wider than /{widest}: nobody owns that much; give the blocks that are yours"
        )
    return str(network)


def web_url(value: Any) -> str:
    """Return the root of a web application: `scheme://host[:port]/`, without the scheme's default port."""
    if value.__class__ is str and len(value) <= LINE_LIMIT:
        if value in _known_urls:
            return str(value)
        if known := _CANONICAL_URL.fullmatch(value):
            scheme, digits = known.groups()
            if digits is None or (int(digits) <= 65_535 and int(digits) != _DEFAULT_PORTS[scheme]):
                return _remembered(_known_urls, value)
    text = line(value).strip()
    try:
        parts = urlsplit(text)
        port = parts.port
        host = parts.hostname or ""
    except ValueError as error:
        raise ValueError(f"not a web address: {shown(value)} ({error})") from None
    if parts.scheme not in _DEFAULT_PORTS or not host:
        raise ValueError(f"not an http or https address: {shown(value)}")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a web address must not carry credentials")
    if port == 0:
        raise ValueError(f"nothing listens on port 0: {shown(value)}")
    host = _host(host)
    if ":" in host:
        host = f"[{host}]"
    suffix = "" if port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{host}{suffix}{parts.path or '/'}"


def _host(text: str) -> str:
    if ":" in text:
        return ip(text)
    try:
        return ip(text)
    except ValueError:
        return host_name(text)


def slug(value: Any) -> str:
    """Check a short name: lower-case letters, digits, dot, dash, underscore; at most 128 characters."""
    if value.__class__ is not str or not _SLUG.fullmatch(value):
        raise ValueError(f"not a short lower-case name (letters, digits, '.', '-', '_'): {shown(value)}")
    return str(value)


def key(value: Any) -> str:
    """Check that *value* has the form of a key."""
    plain = value.__class__ is str and len(value) <= LINE_LIMIT and value.isprintable()
    if not kind_of(value if plain else line(value)):
        raise ValueError(f"not a key (like #domain#example.com): {shown(value)}")
    return str(value)


def sha256(value: Any) -> str:
    """Return a SHA-256 digest as 64 lower-case hexadecimal digits; colons between octets are dropped."""
    text = line(value).replace(":", "").lower()
    if not _SHA256.fullmatch(text):
        raise ValueError(f"not a SHA-256 digest: {shown(value)}")
    return text


def cpe(value: Any) -> str:
    """Check a CPE 2.3 formatted string and return it in lower case. Source: NISTIR 7695, section 6.2."""
    text = line(value).strip().lower()
    if not _CPE.fullmatch(text):
        raise ValueError(f"not a CPE 2.3 formatted string: {shown(value)}")
    return text


def weakness_id(value: Any) -> str:
    """Return a CVE id in capitals, or another weakness id as a single line without spaces at its ends."""
    text = filled(value).strip()
    return text.upper() if text[:4] in _CVE_BEGINNINGS and _CVE.fullmatch(text) else text


def utc(value: Any) -> datetime | None:
    """Return an aware instant in UTC; None stays None."""
    if value is None:
        return None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError(f"not an instant with a time zone: {shown(value)}")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"an instant that UTC cannot tell: {shown(value)}") from None


def whole(low: int, high: int) -> Any:
    """Return a check for a whole number from *low* to *high*, both included."""

    def check(value: Any) -> int:
        if value.__class__ is not int or not low <= value <= high:
            raise ValueError(f"not a whole number from {low} to {high}: {shown(value)}")
        return int(value)

    return check


def optional(check: Any) -> Any:
    """Return *check* for a field that may be None."""
    return lambda value: None if value is None else check(value)


def fraction(value: Any) -> float | None:
    """Check a probability from 0 to 1; None stays None."""
    if value is None:
        return None
    if value.__class__ not in (float, int) or not 0 <= value <= 1:
        raise ValueError(f"not a number from 0 to 1: {shown(value)}")
    return _one_zero(value)


def cvss(value: Any) -> float | None:
    """Check a CVSS score from 0 to 10; None stays None."""
    if value is None:
        return None
    if value.__class__ not in (float, int) or not 0 <= value <= 10:
        raise ValueError(f"not a CVSS score from 0 to 10: {shown(value)}")
    return _one_zero(value)


def _one_zero(value: Any) -> float:
    # Minus zero equals zero but is written in another way, so equal entities would not give equal bytes.
    return float(value) + 0.0


def sorted_set(item: Any, limit: int = 1_000) -> Any:
    """Return a check for a set of *item*s, kept as a sorted tuple without repeats, at most *limit* long."""

    def check(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, tuple | list | set | frozenset):
            raise ValueError(f"expected a list, got {type(value).__name__}")  # noqa: TRY004 - msgspec places it
        if len(value) > limit:
            raise ValueError(f"has more than {limit:,} items")
        return tuple(sorted({item(member) for member in value}))

    return check
