"""What a signed token says of itself, before anything in it is proven."""

import json
from base64 import urlsafe_b64decode
from typing import Any, Final

import msgspec

from chariot.modules.identity.proof import UnprovenError

_LONGEST: Final = 8_192
_decode = msgspec.json.Decoder(dict[str, Any]).decode


def unproven(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the header and the claims of *token*, which anybody may have written.

    Raises:
        UnprovenError: it is no signed token in compact form. Source: RFC 7515, section 3.1.
    """
    parts = token.split(".")
    if len(token) > _LONGEST:
        raise UnprovenError("too-long")
    if len(parts) != 3 or not all(parts[:2]):
        raise UnprovenError("malformed")
    try:
        header, claims = (_decode(urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in parts[:2])
    except (ValueError, RecursionError):
        raise UnprovenError("malformed") from None
    return header, claims


def check_unrepeated(token: str) -> None:
    """Refuse a token that says something twice: two readers could take it for different people.

    Raises:
        UnprovenError: it does, or is no signed token. Source: RFC 7519, section 4.
    """
    try:
        for part in token.split(".")[:2]:
            json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)), object_pairs_hook=_unrepeated)
    except (ValueError, RecursionError):
        raise UnprovenError("malformed") from None


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def issuer_named(token: str) -> str:
    """Return which issuer *token* says it is of.

    Raises:
        UnprovenError: it is no signed token.
    """
    issuer = unproven(token)[1].get("iss")
    return issuer if isinstance(issuer, str) else ""
