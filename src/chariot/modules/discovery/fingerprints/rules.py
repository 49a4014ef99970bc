"""The open rule format: what a rule declares, and how files of rules are read and checked."""

import re
import tomllib
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Final

import msgspec

from chariot.errors import ConfigurationError
from chariot.modules.products.products import Product, Products
from chariot.modules.products.products import built_in as built_in_products

FILE_LIMIT_BYTES: Final = 4 * 1024 * 1024
_PATTERNS: Final = 8_192
"""How many compiled patterns are kept: each is needed to check its rule, with its defaults again, and to use."""
PATTERN_LIMIT: Final = 1_000
"""The most characters a pattern may have, its short forms written out."""
CONTAINS_LEAST: Final = 4
"""The fewest characters that a rule for long texts is looked for by."""
LONG: Final = frozenset({"body"})
"""Places whose texts are too long to search with every pattern."""

VERSION: Final = r"(?P<version>\d{1,6}(?:\.\d{1,6}){1,4})"
DISTRIBUTION: Final = (
    r"(?P<distribution>(?:Debian|Ubuntu|Raspbian|Red Hat(?: Enterprise Linux)?|CentOS|Rocky|AlmaLinux"
    r"|Oracle|Fedora|Amazon|openSUSE|SUSE|Alpine|FreeBSD)(?:[-_ ][A-Za-z0-9.+~-]{1,60})?)"
)
_SHORT_FORMS = {"<version>": VERSION, "<distribution>": DISTRIBUTION}
_SHORT_FORM = re.compile(r"(?<!\?P)<(?:version|distribution)>")
PLACES: Final = (
    *("banner", "body", "title", "cookie", "script", "realm", "favicon"),
    *("subject", "issuer", "snmp", "version.bind", "header:NAME", "meta:NAME"),
)
"""What `where` can say."""
_WHERE = re.compile("|".join(re.escape(place).replace("NAME", "[a-z0-9_.:-]{1,60}") for place in PLACES))
_ID = re.compile(r"[a-z0-9][a-z0-9-]{1,79}")
_CPE = re.compile(r"[aoh](?::(?:[a-z0-9._-]|\\[!-/:-@\[-`{-~]){1,80}){2}")
_QUOTED_OR_CLASS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_UNBOUNDED = re.compile(r"[*+]|\{\d*,\}")
_BACK_REFERENCE = re.compile(r"\\[1-9]|\(\?P=")


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text in which the rule must find exactly this."""

    text: str
    version: str = ""
    update: str = ""
    other: str = ""
    """As it stands in the CPE's last attribute, without quoting."""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How one product shows itself at one place.

    Raises:
        ValueError: a field is wrong, or the pattern could take unbounded time; the text says which.
    """

    id: str
    product: str
    """As people call it, or as the table of products does."""
    cpe: str = ""
    """part:vendor:product, in the form of a CPE 2.3 formatted string; from the table of products unless told."""
    where: str
    """One of `PLACES`."""
    pattern: str
    """Regular expression with only bounded repetition; groups `version`, `update`, `distribution`.

    Where a product writes its version as one number, groups `major`, `minor` and `patch` take it apart.
    """
    contains: str = ""
    """Text without which the pattern cannot match: looked for first, because that is quick."""
    versionless: bool = False
    """Whether the product is worth reporting when its version does not show."""
    confidence: int = 90
    """How sure a match is, 1 to 100."""
    implies: tuple[str, ...] = ()
    """Products that must be there too, by name; reported without a version."""
    excludes: tuple[str, ...] = ()
    """Products that this one is taken for, by name: where it shows itself, they are not there."""
    positive: tuple[Example, ...] = ()
    negative: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, form in (("id", _ID), ("where", _WHERE)):
            if not form.fullmatch(getattr(self, name)):
                raise ValueError(f"{name}: not in the form that docs/fingerprints.md gives")
        if self.cpe and not _CPE.fullmatch(self.cpe):
            raise ValueError("cpe: expected part:vendor:product")
        if not self.product.strip() or not self.product.isprintable():
            raise ValueError("product: expected a printable name")
        if not 1 <= self.confidence <= 100:
            raise ValueError("confidence: expected 1 to 100")
        if self.where in LONG and len(self.contains) < CONTAINS_LEAST:
            raise ValueError(
                f"contains: a rule for the {self.where} needs at least {CONTAINS_LEAST} characters,"
                " because such texts are long"
            )
        compile_pattern(self.pattern)


@lru_cache(maxsize=_PATTERNS)
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Return *pattern*, its short forms written out, compiled.

    Raises:
        ValueError: it is no regular expression, or has unbounded repetition, or refers back.
    """
    written = _SHORT_FORM.sub(lambda match: _SHORT_FORMS[match.group()], pattern)
    if len(written) > PATTERN_LIMIT:
        raise ValueError(f"pattern: longer than {PATTERN_LIMIT:,} characters")
    if _BACK_REFERENCE.search(written):
        raise ValueError("pattern: must not refer back to a group")
    if _UNBOUNDED.search(_QUOTED_OR_CLASS.sub("x", written)):
        raise ValueError("pattern: repetition needs a bound, such as {1,20}, because targets choose the text")
    try:
        return re.compile(written)
    except (re.error, OverflowError) as error:
        raise ValueError(f"pattern: {error}") from None


class Pack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of rules, with the products that only it knows."""

    rule: tuple[Rule, ...] = ()
    product: tuple[Product, ...] = ()


class Rules(msgspec.Struct, frozen=True):
    """Rules that agree with each other, and the products that they name."""

    rules: tuple[Rule, ...]
    products: Products


def read_pack(text: str, *, place: str = "rules") -> Pack:
    """Return what one TOML file holds.

    Raises:
        ConfigurationError: the file is not in the format; the text names *place* and the rule.
    """
    if len(text) > FILE_LIMIT_BYTES:
        raise ConfigurationError(f"{place}: larger than {FILE_LIMIT_BYTES:,} bytes")
    try:
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(f"{place}: {error}") from error
    try:
        return msgspec.convert(values, Pack)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"{place}: {_named(str(error), values)}") from error


def _named(error: str, values: dict[str, object]) -> str:
    """Return the decoder's *error* with the id of the rule that it counts from the top of the file."""
    place = re.search(r"\$\.rule\[(\d{1,9})\]", error)
    rules = values.get("rule")
    if place and isinstance(rules, list):
        rule = rules[int(place[1])]
        name = rule.get("id") if isinstance(rule, dict) else None
        if isinstance(name, str):
            return f"rule {name[:80]!r}: {error}"
    return error


def joined(packs: Iterable[tuple[str, Pack]], products: Products) -> Rules:
    """Return the rules of *packs*, each after the place that it came from, with their products' CPE names.

    Raises:
        ConfigurationError: an id is used twice, or a product is not in the table; the text names place and rule.
    """
    found: dict[str, Rule] = {}
    for place, pack in packs:
        try:
            products = products.with_more(pack.product) if pack.product else products
        except ConfigurationError as error:
            raise ConfigurationError(f"{place}: {error}") from error
        for rule in pack.rule:
            if rule.id in found:
                raise ConfigurationError(f"{place}: the id {rule.id} is used twice")
            found[rule.id] = _settled(rule, products, place)
    return Rules(tuple(found.values()), products)


def _settled(rule: Rule, products: Products, place: str) -> Rule:
    """Return *rule* with the CPE name of its product."""
    for field, names in (("implies", rule.implies), ("excludes", rule.excludes)):
        unknown = next((name for name in names if products.named(name) is None), None)
        if unknown is not None:
            raise ConfigurationError(
                f"{place}: rule {rule.id!r}: {field} {unknown!r}, which is no known product"
            )
    if rule.cpe:
        return rule
    product = products.named(rule.product)
    if product is None:
        raise ConfigurationError(
            f"{place}: rule {rule.id!r}: {rule.product!r} is not in the table of products; give the rule a cpe"
        )
    return msgspec.structs.replace(rule, product=product.name, cpe=product.cpe)


def read_rules(text: str, *, place: str = "rules") -> tuple[Rule, ...]:
    """Return the rules that one TOML file holds, with the CPE names of the table of products.

    Raises:
        ConfigurationError: the file is not in the format, or names unknown products; the text names *place* and rule.
    """
    return joined([(place, read_pack(text, place=place))], built_in_products()).rules


def built_in_packs() -> list[tuple[str, Pack]]:
    """Return the files of rules that this program ships, by name.

    Raises:
        ConfigurationError: a file is malformed.
    """
    folder = files("chariot.modules.discovery.fingerprints").joinpath("rules")
    entries = sorted(folder.iterdir(), key=lambda item: item.name)
    return [
        (entry.name, read_pack(entry.read_text("utf-8"), place=entry.name))
        for entry in entries
        if entry.name.endswith(".toml")
    ]


def built_in_rules() -> tuple[Rule, ...]:
    """Return the rules that this program ships, in the order of their files' names.

    Raises:
        ConfigurationError: a file is malformed, or two rules share an id.
    """
    return joined(built_in_packs(), built_in_products()).rules


def packs_at(path: Path) -> list[tuple[str, Pack]]:
    """Return the rules of a file, or of all `.toml` files of a folder, sorted by name.

    Raises:
        ConfigurationError: nothing is there, or a file cannot be read or is malformed; the text names it.
    """
    names = sorted(path.glob("*.toml")) if path.is_dir() else [path]
    if not names:
        raise ConfigurationError(f"{path}: no file of rules (*.toml) in this folder")
    found = []
    for name in names:
        try:
            if name.stat().st_size > FILE_LIMIT_BYTES:
                raise ConfigurationError(f"{name}: larger than {FILE_LIMIT_BYTES:,} bytes")
            text = name.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{name}: cannot be read: {error}") from error
        found.append((str(name), read_pack(text, place=str(name))))
    return found
