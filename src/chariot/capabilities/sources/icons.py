"""Which other hosts show an icon of ours, as Shodan has seen them."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import ClassVar, Final

import msgspec

from chariot.capabilities.http_posture import FAVICON
from chariot.capabilities.support.reading import try_domain
from chariot.capabilities.support.sources import decoded
from chariot.capabilities.support.weaknesses import attribute
from chariot.capability import Found
from chariot.model.keys import kind_of
from chariot.model.kinds.work import Attribute
from chariot.modules.discovery.clues import PAGE_TITLE
from chariot.source import Source, Terms

CROWD: Final = 100
"""Hosts from which on an icon is taken for that of a product that many run, which says nothing."""
_NAMES_EACH: Final = 20


class _Icon(msgspec.Struct, frozen=True):
    hash: int = 0


class _Page(msgspec.Struct, frozen=True):
    title: str | None = None
    favicon: _Icon | None = None


class _Match(msgspec.Struct, frozen=True):
    hostnames: list[str] = []
    http: _Page | None = None


class _Answer(msgspec.Struct, frozen=True):
    total: int
    matches: list[_Match]


class Icons(Source[Attribute]):
    """Ask Shodan for hosts with the same icon; it sends nothing to them on our behalf.

    What is told of a host is the icon and the title of its page, to be weighed: see docs/ownership.md.
    """

    name = "icons"
    terms = Terms(
        url="https://api.shodan.io",
        key="query key",
        key_needed=True,
        per_minute=20,
        kept=timedelta(days=7),
        conditions="https://www.shodan.io/terms",
    )
    chained: ClassVar[bool] = True
    period = timedelta(days=7)

    def match(self, target: Attribute) -> bool:
        """See `Capability.match`."""
        return (
            target.label == FAVICON and kind_of(target.owner) == "webapplication" and _is_hash(target.value)
        )

    def paths(self, target: Attribute) -> Iterable[str]:
        """See `Source.paths`."""
        return (f"/shodan/host/search?minify=false&query=http.favicon.hash:{target.value}",)

    def read(self, body: bytes, target: Attribute) -> Iterator[Found]:
        """See `Source.read`."""
        answer = decoded(body, _Answer)
        if answer.total > CROWD:
            return
        for match in answer.matches[:CROWD]:
            page = match.http
            if page is None or page.favicon is None or str(page.favicon.hash) != target.value:
                continue
            for domain in filter(None, map(try_domain, match.hostnames[:_NAMES_EACH])):
                yield domain
                yield from attribute(domain.key, FAVICON, target.value)
                if page.title:
                    yield from attribute(domain.key, PAGE_TITLE, page.title)


def _is_hash(text: str) -> bool:
    return len(text) <= 11 and text.removeprefix("-").isdecimal() and text.isascii()
