"""Where things are: a text for each name, address and block; what lies in a block or below a name is a range of texts.

A place of the network is `4` or `6` and the bits that it begins with; a block lies in another when its bits begin with
those of the other. A name is `n` and its labels from the right, each with a dot behind it. So "inside" is always
"begins with", and an index answers it.
"""

from ipaddress import ip_address, ip_network

from chariot.model.keys import Key, kind_of
from chariot.model.registry import KINDS

PLACE, ROOT = "@place", "@root"
"""Facts that stores keep beside those that a kind declares; no field can be called so."""

_AT_THEIR_VALUE = frozenset({"domain", "address", "netblock", "dnsrecord", "port", "seed"})
"""Kinds whose first identity field is a name, an address or a block."""
_OCTETS = {str(number): f"{number:08b}" for number in range(256)}
_LAST = "\U0010ffff"


FOLLOWED = {kind: next((name for name, nested in cls.identity if nested), "") for kind, cls in KINDS.items()}
"""The field of each kind that holds the key of what it is about; empty where it is about itself."""
PLACED = frozenset(
    kind for kind in KINDS if kind in _AT_THEIR_VALUE or kind == "webapplication" or FOLLOWED[kind]
)
"""Kinds of which some have a place."""


def place_in(text: str) -> str:
    """Return the place of a name, an address or a block in canonical form.

    >>> place_in("192.0.2.0/28")[:9], place_in("www.perimeter.test")
    ('411000000', 'ntest.perimeter.www.')
    """
    # This runs for every new entity, and nearly all are names and addresses of four octets.
    if text[-1:].isdigit() and ":" not in text:
        try:
            first, second, third, fourth = text.split(".")
            return f"4{_OCTETS[first]}{_OCTETS[second]}{_OCTETS[third]}{_OCTETS[fourth]}"
        except (ValueError, KeyError):
            pass
    if ":" in text or "/" in text or text[-1:].isdigit():
        try:
            return _in_network(text)
        except ValueError:
            pass
    return f"n{'.'.join(text.split('.')[::-1])}."


def _in_network(text: str) -> str:
    address, _, length = text.partition("/")
    number = ip_address(address)
    bits = 32 if number.version == 4 else 128
    return f"{number.version}{int(number):0{bits}b}"[: int(length or bits) + 1]


def place_of(key: Key) -> str | None:
    """Return the place of what *key* names, or of what that is about; None where it has none."""
    parts = key.split("#", 3)
    if len(parts) < 3:
        return None
    kind = parts[1]
    if kind in _AT_THEIR_VALUE:
        return place_in(parts[2])
    if kind == "webapplication":
        return _place_of_url(parts[2])
    if FOLLOWED.get(kind):
        root = root_of(key)
        # What stands on something that no program knows has no place.
        return None if FOLLOWED.get(kind_of(root)) else place_of(root)
    return None


def _place_of_url(url: str) -> str:
    return place_in(_host(url))


def _host(url: str) -> str:
    place = url.partition("://")[2].partition("/")[0]
    return place[1:].partition("]")[0] if place.startswith("[") else place.partition(":")[0]


def root_of(key: Key) -> Key:
    """Return the key of the asset at the bottom: that of a risk's target, or of what the risk in a comment is at.

    >>> root_of("#comment#risk#port#192.0.2.7#tcp#443#CVE-2023-12345#c1")
    '#port#192.0.2.7#tcp#443'
    """
    if not FOLLOWED.get(kind_of(key)):
        return key
    tokens = key.split("#")[1:]
    at = 0
    try:
        while FOLLOWED[tokens[at]]:
            at = _inner(tokens, at)
        end = _end(tokens, at)
    except (KeyError, IndexError):
        return key
    return Key("#" + "#".join(tokens[at:end])) if end <= len(tokens) else key


def _inner(tokens: list[str], at: int) -> int:
    """Return where the key begins that is part of the one whose kind stands at *at*."""
    for place, (_, nested) in enumerate(KINDS[tokens[at]].identity, at + 1):
        if nested:
            return place
    raise KeyError(tokens[at])


def _end(tokens: list[str], at: int) -> int:
    return at + 1 + len(KINDS[tokens[at]].identity)


def inside(place: str) -> tuple[str, str]:
    """Return the first text that lies in *place*, and one behind all those that do."""
    return place, place + _LAST


def block_place(text: str) -> str:
    """Return the place of a netblock or an address as a person writes it.

    Raises:
        ValueError: it is none.
    """
    return place_in(str(ip_network(text)))
