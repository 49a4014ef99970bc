"""Registered domains, by the public suffix list that comes with a package: no network, no state."""

from functools import cache

from publicsuffixlist import PublicSuffixList

from chariot.model import checks


def registrable(name: str) -> str:
    """Return the registered domain that *name* is or lies below; empty for a public suffix and for what is no name.

    >>> registrable("www.shop.example.co.uk"), registrable("co.uk")
    ('example.co.uk', '')
    """
    try:
        return _list().privatesuffix(checks.host_name(name)) or ""
    except ValueError:
        return ""


def brand(name: str) -> str:
    """Return the label of the registered domain of *name*, which its owner chose.

    >>> brand("www.example.co.uk")
    'example'
    """
    return registrable(name).partition(".")[0]


@cache
def _list() -> PublicSuffixList:
    # Reading it takes longer than most commands; many never need it.
    return PublicSuffixList()
