"""Find products and versions in banners and pages by rules, each match with what shows it."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

import msgspec

from chariot.model.kinds.weakness import Technology
from chariot.modules.discovery.fingerprints.page import metas_of, title_of
from chariot.modules.discovery.fingerprints.rules import Rule, built_in_rules, compile_pattern

BANNER_LIMIT: Final = 4_096
HEADER_LIMIT: Final = 4_096
HEADERS_LIMIT: Final = 200
BODY_LIMIT: Final = 262_144
"""Characters of a text that are looked at; a version that stands later does not count."""
MATCHED_LIMIT: Final = 200

_PUNCTUATION = re.compile(r"([^a-z0-9._-])")
_BUILD = re.compile(r"^([a-z]+)[- ]")


class Hit(msgspec.Struct, frozen=True):
    """One product found, and what shows it."""

    technology: Technology
    rule: str
    place: str
    matched: str
    """The text that matched, as the target wrote it."""
    confidence: int


class _Compiled(msgspec.Struct, frozen=True):
    rule: Rule
    pattern: re.Pattern[str]


class Fingerprints:
    """A set of rules, compiled once and indexed by the place at which they look."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._by_place: dict[str, list[_Compiled]] = {}
        for rule in rules:
            self._by_place.setdefault(rule.where, []).append(_Compiled(rule, compile_pattern(rule.pattern)))

    def banner(self, text: str) -> tuple[Hit, ...]:
        """Return what a service's first words show, sorted by CPE."""
        return _best(self._hits("banner", text[:BANNER_LIMIT]))

    def page(self, headers: Iterable[tuple[str, str]], body: str) -> tuple[Hit, ...]:
        """Return what one HTTP answer shows, sorted by CPE."""
        return _best(self._page_hits(tuple(headers)[:HEADERS_LIMIT], body[:BODY_LIMIT]))

    def _page_hits(self, headers: tuple[tuple[str, str], ...], body: str) -> Iterator[Hit]:
        for name, value in headers:
            yield from self._hits(f"header:{name.lower()}", value[:HEADER_LIMIT])
            if name.lower() == "set-cookie":
                yield from self._hits("cookie", value.partition("=")[0].strip()[:HEADER_LIMIT])
        yield from self._hits("title", title_of(body))
        for name, value in metas_of(body):
            yield from self._hits(f"meta:{name}", value)
        yield from self._hits("body", body)

    def _hits(self, place: str, text: str) -> Iterator[Hit]:
        for compiled in self._by_place.get(place, ()):
            if compiled.rule.contains in text and (match := compiled.pattern.search(text)):
                hit = _hit(compiled.rule, match)
                if hit is not None:
                    yield hit


def _hit(rule: Rule, match: re.Match[str]) -> Hit | None:
    groups = match.groupdict()
    version = groups.get("version") or ""
    if not version and not rule.versionless:
        return None
    other = _BUILD.sub(r"\1_", (groups.get("distribution") or "").lower())
    update = groups.get("update") or ""
    try:
        cpe = _cpe(rule, version, update, other)
        technology = Technology(cpe=cpe, product=rule.product, version=version + update)
    except ValueError:
        # A rule with a wide group let a text through that no CPE can hold: the target's doing, not a fault.
        return None
    return Hit(technology, rule.id, rule.where, match.group()[:MATCHED_LIMIT], rule.confidence)


def _cpe(rule: Rule, version: str, update: str, other: str) -> str:
    """Return the CPE 2.3 formatted string of *rule*'s product in one version and build."""
    return f"cpe:2.3:{rule.cpe}:{_component(version)}:{_component(update)}:*:*:*:*:*:{_component(other)}"


def _component(text: str) -> str:
    """Return *text* as a component of a CPE 2.3 formatted string. Source: NISTIR 7695, section 6.2."""
    lowered = text.strip().lower().replace(" ", "_")
    if lowered in ("", "-"):
        return r"\-" if lowered else "*"
    return _PUNCTUATION.sub(r"\\\1", lowered)


def _best(hits: Iterable[Hit]) -> tuple[Hit, ...]:
    """Return one hit for each product and version: the one that says most, then the surest."""
    best: dict[tuple[str, str], Hit] = {}
    for hit in hits:
        place = (_product(hit), hit.technology.version)
        if place not in best or _weight(hit) > _weight(best[place]):
            best[place] = hit
    versioned = {product for product, version in best if version}
    kept = (hit for (product, version), hit in best.items() if version or product not in versioned)
    return tuple(sorted(kept, key=lambda hit: hit.technology.cpe))


def _product(hit: Hit) -> str:
    return ":".join(hit.technology.cpe.split(":")[2:5])


def _weight(hit: Hit) -> tuple[int, int]:
    return -hit.technology.cpe.count("*"), hit.confidence


def failures(rule: Rule) -> tuple[str, ...]:
    """Return where *rule* breaks its own examples; empty when it keeps them all, and has both sorts."""
    pattern = compile_pattern(rule.pattern)
    found = []
    if not rule.positive or not rule.negative:
        found.append("needs at least one positive and one negative example")
    for example in rule.positive:
        match = pattern.search(example.text) if rule.contains in example.text else None
        hit = _hit(rule, match) if match else None
        shown = hit.technology.cpe if hit else "nothing"
        wanted = _cpe(rule, example.version, example.update, example.other)
        if shown != wanted:
            found.append(f"{example.text!r} gives {shown}, not {wanted}")
    for text in rule.negative:
        match = pattern.search(text) if rule.contains in text else None
        if match and _hit(rule, match):
            found.append(f"{text!r} must not match")
    return tuple(found)


@lru_cache(maxsize=1)
def built_in() -> Fingerprints:
    """Return the rules that this program ships, compiled; the same object each time."""
    return Fingerprints(built_in_rules())
