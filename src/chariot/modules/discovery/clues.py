"""Clues to ownership: what a sighting outside of scope says about whose it is. Pure; see docs/ownership.md."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final

import msgspec

from chariot.model.kinds.candidate import Clue
from chariot.modules.discovery.registrable import brand, registrable

WEIGHTS: Final[Mapping[str, int]] = {
    "registrant": 80,
    "same-name": 55,
    "certificate": 45,
    "favicon": 40,
    "associated": 35,
    "name-part": 30,
    "page-text": 25,
    "redirect": 25,
    "alias": 15,
    "archive": 10,
    "mail-exchanger": 10,
    "name-server": 10,
    "network": 10,
    "reverse-name": 10,
    "seen": 5,
}
"""What each kind of clue says by itself, 0 to 100. Several kinds together say more; see `confidence` of the model."""

CROWD: Final = 5
"""Registered domains in one certificate from which on it looks like that of a shared server."""
SHARED_CERTIFICATE: Final = 10
SHORTEST_WORD: Final = 5
"""Shorter words stand in too many names by chance."""
DATUM_LIMIT: Final = 300
PAGE_TITLE: Final = "page-title"
"""The attribute that tells the title of a page which others saw at a name."""
_APART: Final = 4
"""The most words as which one label may be written."""
IN_FROM: Final = 90
OUT_BELOW: Final = 20
_PRIVACY = re.compile(
    r"privacy|redacted|proxy|whoisguard|not disclosed|data protected|withheld|gdpr|private person|identity",
    re.IGNORECASE,
)
_LEGAL = re.compile(
    r"\b(?:inc|llc|ltd|limited|corp|corporation|co|company|gmbh|ag|sa|sarl|srl|bv|nv|oy|ab|as|plc|pty|kk|the)\b\.?",
    re.IGNORECASE,
)


class Terms(msgspec.Struct, frozen=True):
    """What is ours for certain, as it may turn up elsewhere."""

    domains: frozenset[str] = frozenset()
    """Registered domains of the seeds."""
    words: frozenset[str] = frozenset()
    """Their labels, and words that a person added."""
    registrants: frozenset[str] = frozenset()
    """Organisations that registered them, as `plain_organisation` writes them."""

    @classmethod
    def of(
        cls, seeds: Iterable[str], *, words: Iterable[str] = (), registrants: Iterable[str] = ()
    ) -> "Terms":
        """Return the terms of seed domains."""
        domains = frozenset(filter(None, map(registrable, seeds)))
        labels = {brand(domain) for domain in domains} | {word.lower() for word in words}
        plain = {plain_organisation(text) for text in registrants}
        return cls(
            domains,
            frozenset(label for label in labels if len(label) >= SHORTEST_WORD),
            frozenset(filter(None, plain)),
        )


def name_clues(name: str, terms: Terms, via: str) -> list[Clue]:
    """Return what a name says by itself: it is one of ours under another suffix, or has one of our words in it."""
    label = _joined(brand(name))
    held = [word for word in terms.words if _joined(word) in label]
    if not held:
        return []
    longest = max(held, key=lambda word: (len(_joined(word)), word))
    kind = "same-name" if _joined(longest) == label else "name-part"
    return [Clue(kind, registrable(name), longest, via, WEIGHTS[kind])]


def _joined(label: str) -> str:
    """Return *label* without hyphens: people register a name with them and without."""
    return label.replace("-", "")


def text_clue(text: str, terms: Terms, via: str) -> Clue | None:
    """Return what it says that a word or an organisation of ours stands in a page's *text*; None where none does."""
    words = re.findall(r"\w+", text.casefold())
    plain = f" {' '.join(words)} "
    # Our names are written apart as well as together.
    together = {"".join(words[at : at + size]) for size in range(2, _APART + 1) for at in range(len(words))}
    held = [
        one for one in terms.words if _joined(one) in together or any(_joined(one) in word for word in words)
    ]
    held += [name for name in terms.registrants if f" {name} " in plain]
    if not held:
        return None
    longest = max(held, key=lambda term: (len(term), term))
    return Clue("page-text", text[:DATUM_LIMIT], longest, via, WEIGHTS["page-text"])


def certificate_clue(name: str, names: Collection[str], terms: Terms, via: str) -> Clue:
    """Return what it says that one of our hosts shows a certificate with *name* among its *names*."""
    owners = {registrable(one.removeprefix("*.")) for one in names} - {""}
    weight = WEIGHTS["certificate"] if len(owners) <= CROWD else SHARED_CERTIFICATE
    ours = sorted(owners & terms.domains)
    return Clue("certificate", name[:DATUM_LIMIT], ours[0] if ours else "", via, weight)


def registrant_clue(words: str, terms: Terms, via: str) -> Clue | None:
    """Return what it says that an organisation registered it; None where that is hidden.

    One that is none of ours weighs nothing. It is kept all the same: whom a seed is registered to may be told later.
    """
    plain = plain_organisation(words)
    if not plain:
        return None
    if plain not in terms.registrants:
        return Clue("registrant", words[:DATUM_LIMIT], "", via, 0)
    return Clue("registrant", words[:DATUM_LIMIT], plain, via, WEIGHTS["registrant"])


def registrants_known_since(clues: Iterable[Clue], terms: Terms) -> list[Clue]:
    """Return what those of *clues* say now that weighed nothing, since nobody knew that the registrant is ours."""
    unknown = [clue for clue in clues if clue.kind == "registrant" and not clue.weight]
    found = [registrant_clue(clue.datum, terms, clue.via) for clue in unknown]
    return [clue for clue in found if clue is not None and clue.weight]


def plain_organisation(words: str) -> str:
    """Return the name of an organisation without its legal form; empty where the registry hides it.

    >>> plain_organisation("Example Widgets, Inc."), plain_organisation("REDACTED FOR PRIVACY")
    ('example widgets', '')
    """
    if _PRIVACY.search(words):
        return ""
    plain = " ".join(re.sub(r"[^\w ]+", " ", _LEGAL.sub(" ", words.lower())).split())
    return plain if len(plain) >= SHORTEST_WORD else ""
