"""What several sources share: their targets as text, names below a domain, numbers and words of hostile answers."""

from collections.abc import Iterable, Iterator
from typing import TypeVar
from urllib.parse import quote, urlsplit

import msgspec

from chariot.capabilities.support.reading import try_domain
from chariot.capability import Found
from chariot.model.kinds.work import Seed

T = TypeVar("T")
NAMES_LIMIT = 100_000
"""The most names that one answer may tell."""


def decoded(body: bytes, to: type[T]) -> T:
    """Return the JSON *body* as *to*.

    Raises:
        ValueError: it is something else.
    """
    try:
        return msgspec.json.decode(body, type=to)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(str(error)[:200]) from None


def seeded_domain(seed: Seed) -> str:
    """Return the domain of a seed, as it can stand in a path; empty for a netblock."""
    return "" if seed.is_network else quote(seed.value, safe="")


def domains(names: Iterable[str]) -> Iterator[Found]:
    """Yield each name once, in order; a wildcard stands for its parent. What is no name is left out.

    Raises:
        ValueError: there are more than `NAMES_LIMIT`.
    """
    seen: set[str] = set()
    for name in names:
        domain = try_domain(name.strip().removeprefix("*.").rstrip("."))
        if domain is None or domain.host in seen:
            continue
        seen.add(domain.host)
        if len(seen) > NAMES_LIMIT:
            raise ValueError(f"there are more than {NAMES_LIMIT:,} names")
        yield domain


def hosts_of(urls: Iterable[str]) -> Iterator[str]:
    """Yield the host of each URL that has one."""
    for url in urls:
        try:
            host = urlsplit(url).hostname
        except ValueError:
            continue
        if host:
            yield host
