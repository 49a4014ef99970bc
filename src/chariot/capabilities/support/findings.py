"""Turn what a probe learnt into entities: facts, products and flaws, each with what shows it."""

import re
from collections.abc import Iterable, Iterator

import msgspec

from chariot.capabilities.support.reading import storable
from chariot.capabilities.support.weaknesses import attribute, risk
from chariot.capability import Found
from chariot.model.evidence import KeyValues
from chariot.model.keys import Key
from chariot.model.kinds.weakness import Technology
from chariot.model.relationships import Relationship, RelationshipType
from chariot.model.states import Severity

VALUE_LIMIT = 1_000
"""Characters of one fact."""
_PUNCTUATION = re.compile(r"([^a-z0-9._-])")
_VERSION = re.compile(r"\d[0-9A-Za-z._+~-]{0,60}")


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """A product that named itself in a protocol's own field."""

    cpe: str
    """part:vendor:product."""
    name: str
    version: str = ""
    """As the target wrote it; one that is no version is left out."""


class Flaw(msgspec.Struct, frozen=True, kw_only=True):
    """A weakness that was seen, not concluded from a version."""

    weakness: str
    """A CVE id, or a name of our own such as `redis-without-password`; docs/services.md lists them."""
    title: str
    severity: Severity
    cwe: str
    proof: str
    """What the target answered; nothing that differs at each look."""
    remediation: str
    confidence: int = 100


Fact = tuple[str, str]
"""Label and value of an attribute; an empty value says nothing."""


def facts(owner: Key, pairs: Iterable[Fact]) -> Iterator[Found]:
    """Yield an attribute of *owner* for each pair whose value is not empty."""
    for label, value in pairs:
        if value.strip():
            yield from attribute(owner, label, value.strip()[:VALUE_LIMIT])


def flaws(target: Key, found: Iterable[Flaw]) -> Iterator[Found]:
    """Yield a risk at *target* for each flaw, with its proof."""
    for flaw in found:
        yield from risk(
            target,
            flaw.weakness,
            flaw.title,
            flaw.severity,
            remedy=flaw.remediation,
            seen={"answer": flaw.proof, "cwe": flaw.cwe},
            confidence=flaw.confidence,
        )


def products(target: Key, found: Iterable[Product], *, place: str) -> Iterator[Found]:
    """Yield the technology of each product, and that *target* has it."""
    for product in found:
        version = product.version if _VERSION.fullmatch(product.version) else ""
        technology = Technology(
            cpe=f"cpe:2.3:{product.cpe}:{_component(version)}:*:*:*:*:*:*:*",
            product=product.name,
            version=version,
        )
        evidence = KeyValues(
            title=f"{technology.name[:150]} at {place[:40]}",
            values={"place": place, "matched": storable(product.version, 200) or product.name},
        )
        yield technology
        yield Relationship(RelationshipType.HAS_TECHNOLOGY, target, technology.key, (evidence,))


def _component(text: str) -> str:
    """Return *text* as a component of a CPE 2.3 formatted string. Source: NISTIR 7695, section 6.2."""
    return _PUNCTUATION.sub(r"\\\1", text.lower()) or "*"
