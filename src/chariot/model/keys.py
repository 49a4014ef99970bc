"""Keys: readable, deterministic names of entities, typed by their first part.

    #domain#example.com    #port#192.0.2.7#tcp#443    #risk#port#192.0.2.7#tcp#443#CVE-2023-12345

Inside a value `%` is written `%25` and `#` is written `%23`, so two different identities never share a key.
A key inside a key (a risk's target) stands as it is, without a doubled `#`; one part of a key at most is one.
"""

from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    Key = NewType("Key", str)
    Organisation = NewType("Organisation", str)
else:
    # To call a NewType takes longer than to join a key, and each item of each batch has one.
    Key = Organisation = str

SHARED = Organisation("shared")
"""Holds what is known to all organisations (vulnerabilities); every organisation may read it."""
SYSTEM = Organisation("system")
"""Holds what belongs to the installation itself (its people, their sessions, the tree of organisations)."""


def escape(value: str) -> str:
    """Return *value* as it stands inside a key.

    >>> escape("a#b%c")
    'a%23b%25c'
    """
    if "#" in value or "%" in value:
        return value.replace("%", "%25").replace("#", "%23")
    return value


def unescape(part: str) -> str:
    """Return the value that `escape` wrote as *part*."""
    return part.replace("%23", "#").replace("%25", "%")


def kind_of(key: str) -> str:
    """Return the kind that *key* names, or an empty string when it is not of a key's form.

    >>> kind_of("#domain#example.com")
    'domain'
    """
    parts = key.split("#", 2)
    return parts[1] if len(parts) == 3 and parts[2] and not parts[0] else ""


def label_of(key: str) -> str:
    """Return the label in the key of an attribute, or an empty string for any other key.

    >>> label_of("#attribute#file#image#package#pkg:npm/lib@1.0.0")
    'package'
    """
    parts = key.rsplit("#", 2)
    return unescape(parts[1]) if len(parts) == 3 and kind_of(key) == "attribute" else ""
