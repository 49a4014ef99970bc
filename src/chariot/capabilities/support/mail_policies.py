"""Read the policies that a domain publishes for its mail: SPF, DMARC, MTA-STS. Pure; the text is hostile."""

import base64
import binascii
import re

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

TERMS_LIMIT = 500
_TERM = re.compile(r"(?P<sign>[+?~-]?)(?P<name>[a-z0-9]+)(?P<rest>[:/=].*)?", re.IGNORECASE | re.DOTALL)
_LOOKING_UP = frozenset({"include", "a", "mx", "ptr", "exists"})
"""Mechanisms that cost a look-up. Source: RFC 7208, section 4.6.4."""


class Spf(msgspec.Struct, frozen=True):
    """One SPF record."""

    includes: tuple[str, ...]
    """Names that stand behind `include`."""
    redirect: str
    look_ups: int
    """What its own terms cost, without what the names behind them cost."""
    final: str
    """The sign of `all`: +, ?, ~ or -; empty without one."""
    has_ptr: bool


def read_spf(text: str) -> Spf | None:
    """Return the SPF record that *text* is, None where it is none. Source: RFC 7208."""
    version, _, rest = text.partition(" ")
    if version.lower() != "v=spf1":
        return None
    includes: list[str] = []
    redirect = final = ""
    look_ups = 0
    has_ptr = False
    for term in rest.split()[:TERMS_LIMIT]:
        match = _TERM.fullmatch(term)
        if match is None:
            continue
        name, value = match["name"].lower(), (match["rest"] or "")
        look_ups += name in _LOOKING_UP and not value.startswith("=")
        has_ptr |= name == "ptr"
        if name == "include" and value.startswith(":"):
            includes.append(value[1:].lower().rstrip("."))
        elif name == "redirect" and value.startswith("="):
            redirect = value[1:].lower().rstrip(".")
            look_ups += 1
        elif name == "all" and not final:
            final = match["sign"] or "+"
    # A redirect counts only where nothing matches before it.
    return Spf(
        tuple(includes),
        "" if final else redirect,
        look_ups - (bool(final) and bool(redirect)),
        final,
        has_ptr,
    )


def read_tags(text: str) -> dict[str, str]:
    """Return the tags of `v=DMARC1; p=none` and the like, names in lower case; the first of each counts."""
    tags: dict[str, str] = {}
    for part in text.split(";")[:TERMS_LIMIT]:
        name, is_tag, value = part.partition("=")
        if is_tag:
            tags.setdefault(name.strip().lower(), value.strip())
    return tags


def read_sts_policy(text: str) -> dict[str, str]:
    """Return the lines of an MTA-STS policy, several `mx` joined by blanks. Source: RFC 8461, section 3.2."""
    lines: dict[str, str] = {}
    for line in text.splitlines()[:TERMS_LIMIT]:
        name, is_line, value = line.partition(":")
        if is_line:
            name = name.strip().lower()
            lines[name] = f"{lines[name]} {value.strip()}" if name in lines else value.strip()
    return lines


def rsa_bits(text: str) -> int | None:
    """Return the size of the RSA key of a DKIM record; None where there is none to read. Source: RFC 6376."""
    tags = read_tags(text)
    if tags.get("k", "rsa").lower() != "rsa" or not tags.get("p"):
        return None
    try:
        key = load_der_public_key(base64.b64decode("".join(tags["p"].split()), validate=True))
    except (binascii.Error, ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return key.key_size if isinstance(key, RSAPublicKey) else None
