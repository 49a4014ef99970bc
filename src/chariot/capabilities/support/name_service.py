"""Asking the name service from a capability: silence is an answer, TXT strings are joined, zone tops are told."""

import re

from chariot.capability import CannotRunError, DnsAnswer, Network, NoAnswerError

ANSWERED = frozenset({"NOERROR", "NXDOMAIN"})
"""What tells something; everything else leaves the question open."""
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED = re.compile(r"\\(\d{3}|.)", re.DOTALL)


async def ask(network: Network, name: str, record: str) -> DnsAnswer:
    """Return the answer; the status is TIMEOUT where none came."""
    try:
        return await network.resolve(name, record)
    except NoAnswerError:
        return DnsAnswer("TIMEOUT")


async def is_zone(network: Network, name: str) -> bool:
    """Tell whether *name* is the top of a zone, that is, has a start of authority of its own.

    Raises:
        CannotRunError: the resolver does not tell.
    """
    answer = await ask(network, name, "SOA")
    if answer.status not in ANSWERED:
        raise CannotRunError(f"the resolver said {answer.status} for the SOA of {name}")
    return bool(answer.values) and not answer.aliases


def text_of(value: str) -> str:
    """Return the text of a TXT record from its presentation: its strings joined, without quotes and escapes.

    >>> text_of('"v=spf1 " "-all"')
    'v=spf1 -all'
    """
    parts = _QUOTED.findall(value)
    return _ESCAPED.sub(_plain, "".join(parts) if parts else value)


def _plain(found: re.Match[str]) -> str:
    what = found[1]
    return chr(int(what) & 0xFF) if len(what) == 3 else what
