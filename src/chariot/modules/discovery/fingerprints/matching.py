"""Find products and versions in banners and pages by rules, each match with what shows it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec

from chariot.model.kinds.weakness import Technology
from chariot.modules.discovery.fingerprints.literals import Literals
from chariot.modules.discovery.fingerprints.page import (
    LOADING_TAGS,
    META_TAGS,
    loaded_by,
    metas_of,
    realm_of,
    title_of,
)
from chariot.modules.discovery.fingerprints.rules import (
    LONG,
    Rule,
    Rules,
    built_in_packs,
    compile_pattern,
    joined,
    packs_at,
)
from chariot.modules.products.products import Products
from chariot.modules.products.products import built_in as built_in_products

BANNER_LIMIT: Final = 4_096
HEADER_LIMIT: Final = 4_096
HEADERS_LIMIT: Final = 200
BODY_LIMIT: Final = 262_144
"""Characters of a text that are looked at; a version that stands later does not count."""
MATCHED_LIMIT: Final = 200
AROUND: Final = (512, 1_536)
"""Characters before and after a rule's `contains` in which its pattern is searched, in a long text."""
PLACES_TRIED: Final = 8
"""Occurrences of a rule's `contains` in a long text that are tried."""
STARTS_LIMIT: Final = 200
"""Occurrences of fixed words that are noted."""
IMPLIED_CONFIDENCE: Final = 70
"""The most that a product can have which no text names itself."""

_PUNCTUATION = re.compile(r"([^a-z0-9._-])")
_BUILD = re.compile(r"^([a-z]+)[- ]")
_NAME = re.compile(
    r"debian|ubuntu|raspbian|red_hat|centos|rocky|almalinux|oracle|fedora|amazon_linux|suse|opensuse|alpine|freebsd"
)


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


class _Place:
    """The rules that look at one place: those with fixed words by these, the others one by one."""

    def __init__(self, compiled: Iterable[_Compiled], also: Sequence[str] = ()) -> None:
        some = tuple(compiled)
        self._fixed = tuple(one for one in some if one.rule.contains)
        self._always = tuple(one for one in some if not one.rule.contains)
        self._also = {text: len(self._fixed) + number for number, text in enumerate(also)}
        texts = [*(one.rule.contains for one in self._fixed), *also]
        self._literals = Literals(texts) if texts else None

    def words(self, text: str) -> Mapping[int, Sequence[int]]:
        """Return where in *text* the fixed words of the rules start, and what is looked for *also*."""
        return self._literals.found_in(text, STARTS_LIMIT) if self._literals is not None else {}

    def starts(self, words: Mapping[int, Sequence[int]], also: Iterable[str]) -> list[int]:
        """Return where *words* has those of *also*, in the order of the text."""
        return sorted(start for text in also for start in words.get(self._also[text], ()))

    def matches(
        self, text: str, words: Mapping[int, Sequence[int]], *, long: bool
    ) -> Iterator[tuple[Rule, Iterable[re.Match[str]]]]:
        """Yield the rules that may match, each with its matches; in a *long* text only near their fixed words."""
        for number, starts in words.items():
            if number < len(self._fixed):
                one = self._fixed[number]
                yield one.rule, _matches_around(one, text, starts) if long else _matches_in(one, text)
        for one in self._always:
            yield one.rule, _matches_in(one, text)


class Fingerprints:
    """A set of rules, compiled once and indexed by the place at which they look."""

    def __init__(self, rules: Iterable[Rule], products: Products | None = None) -> None:
        self.rules = tuple(rules)
        """The rules, in the order given."""
        self._products = products or built_in_products()
        self._excluded = {
            rule.id: {product.cpe for name in rule.excludes if (product := self._products.named(name))}
            for rule in self.rules
            if rule.excludes
        }
        by_place: dict[str, list[_Compiled]] = {}
        for rule in self.rules:
            by_place.setdefault(rule.where, []).append(_Compiled(rule, compile_pattern(rule.pattern)))
        body = _Place(by_place.pop("body", ()), (*META_TAGS, *LOADING_TAGS))
        self._body = body
        self._by_place = {"body": body, **{place: _Place(some) for place, some in by_place.items()}}

    def banner(self, text: str) -> tuple[Hit, ...]:
        """Return what a service's first words show, sorted by CPE."""
        return self.text("banner", text)

    def text(self, place: str, text: str) -> tuple[Hit, ...]:
        """Return what a text at one of the places of docs/fingerprints.md shows, sorted by CPE."""
        return self._kept(self._hits(place, text[: BODY_LIMIT if place in LONG else BANNER_LIMIT]))

    def certificate(self, subject: str, issuer: str) -> tuple[Hit, ...]:
        """Return what the names in a certificate show (RFC 4514 form), sorted by CPE."""
        named = (("subject", subject), ("issuer", issuer))
        return self._kept(hit for place, text in named for hit in self._hits(place, text[:BANNER_LIMIT]))

    def page(
        self, headers: Iterable[tuple[str, str]], body: str, favicon: int | None = None
    ) -> tuple[Hit, ...]:
        """Return what one HTTP answer shows, sorted by CPE; *favicon* is the mmh3 of the icon in Base64."""
        return self._kept(self._page_hits(tuple(headers)[:HEADERS_LIMIT], body[:BODY_LIMIT], favicon))

    def _kept(self, hits: Iterable[Hit]) -> tuple[Hit, ...]:
        """Return the best of *hits*, without products that another one is taken for."""
        found = list(hits)
        excluded = {cpe for hit in found for cpe in self._excluded.get(hit.rule, ())}
        return _best(hit for hit in found if _product(hit) not in excluded)

    def _page_hits(
        self, headers: tuple[tuple[str, str], ...], body: str, favicon: int | None
    ) -> Iterator[Hit]:
        for label, value in headers:
            name = label.lower()
            yield from self._hits(f"header:{name}", value[:HEADER_LIMIT])
            if name == "set-cookie":
                yield from self._hits("cookie", value.partition("=")[0].strip()[:HEADER_LIMIT])
            elif name == "www-authenticate":
                yield from self._hits("realm", realm_of(value[:HEADER_LIMIT]))
        if favicon is not None:
            yield from self._hits("favicon", str(favicon))
        yield from self._hits("title", title_of(body))
        words = self._body.words(body)
        for name, value in metas_of(body, self._body.starts(words, META_TAGS)):
            yield from self._hits(f"meta:{name}", value)
        for address in loaded_by(body, self._body.starts(words, LOADING_TAGS)):
            yield from self._hits("script", address)
        yield from self._hits_by(self._body, body, words, long=True)

    def _hits(self, where: str, text: str) -> list[Hit]:
        place = self._by_place.get(where)
        return self._hits_by(place, text, place.words(text), long=where in LONG) if place is not None else []

    def _hits_by(
        self, place: _Place, text: str, words: Mapping[int, Sequence[int]], *, long: bool
    ) -> list[Hit]:
        found: list[Hit] = []
        for rule, matches in place.matches(text, words, long=long):
            for match in matches:
                if hits := tuple(self._found(rule, match)):
                    found += hits
                    break
        return found if long else _of_one_build(found)

    def _found(self, rule: Rule, match: re.Match[str]) -> Iterator[Hit]:
        hit = _hit(rule, match)
        if hit is None:
            return
        yield hit
        for name in rule.implies:
            product = self._products.named(name)
            if product is not None:
                technology = Technology(cpe=_cpe(product.cpe, "", "", ""), product=product.name)
                yield Hit(
                    technology, rule.id, rule.where, hit.matched, min(rule.confidence, IMPLIED_CONFIDENCE)
                )


def _matches_in(one: _Compiled, text: str) -> tuple[re.Match[str], ...]:
    match = one.pattern.search(text)
    return (match,) if match else ()


def _matches_around(one: _Compiled, text: str, starts: Sequence[int]) -> Iterator[re.Match[str]]:
    """Yield what *one* matches near the places where its `contains` stands, so that work stays bounded."""
    before, after = AROUND
    for start in starts[:PLACES_TRIED]:
        match = one.pattern.search(text, max(0, start - before), start + after)
        if match:
            yield match


def _hit(rule: Rule, match: re.Match[str]) -> Hit | None:
    groups = match.groupdict()
    version = groups.get("version") or _taken_apart(groups)
    if not version and not rule.versionless:
        return None
    other = _BUILD.sub(r"\1_", (groups.get("distribution") or "").lower())
    update = groups.get("update") or ""
    try:
        cpe = _cpe(rule.cpe, version, update, other)
        technology = Technology(cpe=cpe, product=rule.product, version=version + update)
    except ValueError:
        # A rule with a wide group let a text through that no CPE can hold: the target's doing, not a fault.
        return None
    return Hit(technology, rule.id, rule.where, match.group()[:MATCHED_LIMIT], rule.confidence)


def _taken_apart(groups: Mapping[str, str | None]) -> str:
    """Return the version whose numbers are groups of their own: 10605 is 1.6.5."""
    numbers = [groups.get(name) for name in ("major", "minor", "patch")]
    return ".".join(str(int(number)) for number in numbers if number)


def _of_one_build(hits: list[Hit]) -> list[Hit]:
    """Return *hits* of one text, all of the distribution that one of them names.

    Where Apache says that it is CentOS's, the OpenSSL and PHP in the same header are so too, with its repairs.
    """
    builds = {hit.technology.cpe.rpartition(":")[2] for hit in hits} - {"*"}
    if len(hits) < 2 or len(builds) != 1:
        return hits
    (build,) = builds
    name = _NAME.match(build)
    return [_of_build(hit, name[0]) for hit in hits] if name else hits


def _of_build(hit: Hit, distribution: str) -> Hit:
    cpe, _, build = hit.technology.cpe.rpartition(":")
    if build != "*" or not hit.technology.version:
        return hit
    technology = msgspec.structs.replace(hit.technology, cpe=f"{cpe}:{distribution}")
    return msgspec.structs.replace(hit, technology=technology)


def _cpe(product: str, version: str, update: str, other: str) -> str:
    """Return the CPE 2.3 formatted string of *product* in one version and build."""
    return f"cpe:2.3:{product}:{_component(version)}:{_component(update)}:*:*:*:*:*:{_component(other)}"


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
    versions: dict[str, list[str]] = {}
    for product, version in best:
        versions.setdefault(product, []).append(version)
    kept = (
        hit
        for (product, version), hit in best.items()
        if not any(_says_more(other, version) for other in versions[product])
    )
    return tuple(sorted(kept, key=lambda hit: hit.technology.cpe))


def beside(known: Iterable[Hit], more: Iterable[Hit]) -> tuple[Hit, ...]:
    """Return those of *more* that tell what *known* does not: another product, or another version."""
    told = {(_product(hit), hit.technology.version) for hit in known}
    return tuple(
        hit
        for hit in more
        if not any(
            product == _product(hit)
            and (version == hit.technology.version or _says_more(version, hit.technology.version))
            for product, version in told
        )
    )


def _says_more(version: str, than: str) -> bool:
    """Tell whether *version* is the other one, told more exactly: 15.2.1118.40 than 15.2.1118, and any than none."""
    return version != than and version.startswith(than) and not (than and version[len(than)].isdigit())


def _product(hit: Hit) -> str:
    return ":".join(hit.technology.cpe.split(":")[2:5])


def _weight(hit: Hit) -> tuple[int, int]:
    return -hit.technology.cpe.count("*"), hit.confidence


def failures(rule: Rule) -> tuple[str, ...]:
    """Return where *rule* breaks its own examples; empty when it keeps them all, and has both sorts."""
    one = _Compiled(rule, compile_pattern(rule.pattern))
    found = []
    if not rule.positive or not rule.negative:
        found.append("needs at least one positive and one negative example")
    for example in rule.positive:
        hit = _first(one, example.text)
        shown = hit.technology.cpe if hit else "nothing"
        wanted = _cpe(rule.cpe, example.version, example.update, example.other)
        if shown != wanted:
            found.append(f"{example.text!r} gives {shown}, not {wanted}")
    found += [f"{text!r} must not match" for text in rule.negative if _first(one, text)]
    return tuple(found)


def _first(one: _Compiled, text: str) -> Hit | None:
    """Return what one rule finds in *text*, searched as it is at the rule's place."""
    place = _Place([one])
    for rule, matches in place.matches(text, place.words(text), long=one.rule.where in LONG):
        for match in matches:
            if hit := _hit(rule, match):
                return hit
    return None


def rules_with(paths: Iterable[str]) -> Rules:
    """Return the rules that this program ships and those at *paths*, files or folders.

    Raises:
        ConfigurationError: a file cannot be read, is malformed, or its rules do not go with the others.
    """
    packs = [*built_in_packs(), *(pack for path in paths for pack in packs_at(Path(path).expanduser()))]
    return joined(packs, built_in_products())


@lru_cache(maxsize=4)
def fingerprints_of(paths: tuple[str, ...] = ()) -> Fingerprints:
    """Return the rules that this program ships and those at *paths*, compiled; the same object each time.

    Raises:
        ConfigurationError: see `rules_with`.
    """
    found = rules_with(paths)
    return Fingerprints(found.rules, found.products)


def built_in() -> Fingerprints:
    """Return the rules that this program ships, compiled; the same object each time."""
    return fingerprints_of()
