"""Read what targets wrote: a value of the model, or None where it is not one; text that every store can hold."""

import re

from chariot.model.kinds.network import Address, Domain

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def try_domain(text: str) -> Domain | None:
    """Return the DNS name that *text* is, or None."""
    try:
        return Domain(host=text)
    except ValueError:
        return None


def try_address(text: str) -> Address | None:
    """Return the IP address that *text* is, or None."""
    try:
        return Address(ip=text)
    except ValueError:
        return None


def storable(text: str, limit: int) -> str:
    """Return *text* with NUL and lone surrogates replaced, cut to *limit* characters."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text[:limit])
