"""The open rule format: what a rule declares, and how files of rules are read and checked."""

import re
import tomllib
from importlib.resources import files
from typing import Final

import msgspec

from chariot.errors import ConfigurationError

FILE_LIMIT_BYTES: Final = 4 * 1024 * 1024
PATTERN_LIMIT: Final = 1_000
"""The most characters a pattern may have, its short forms written out."""

VERSION: Final = r"(?P<version>\d{1,6}(?:\.\d{1,6}){1,4})"
DISTRIBUTION: Final = (
    r"(?P<distribution>(?:Debian|Ubuntu|Raspbian|Red Hat(?: Enterprise Linux)?|CentOS|Rocky|AlmaLinux"
    r"|Oracle|Fedora|Amazon|openSUSE|SUSE|Alpine|FreeBSD)(?:[-_ ][A-Za-z0-9.+~-]{1,60})?)"
)
_SHORT_FORMS = {"<version>": VERSION, "<distribution>": DISTRIBUTION}
_SHORT_FORM = re.compile(r"(?<!\?P)<(?:version|distribution)>")
_WHERE = re.compile(r"banner|body|title|cookie|(?:header|meta):[a-z0-9_.:-]{1,60}")
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
    """As people call it."""
    cpe: str
    """part:vendor:product, in the form of a CPE 2.3 formatted string."""
    where: str
    """banner, body, title, cookie (its name), header:NAME or meta:NAME."""
    pattern: str
    """Regular expression with only bounded repetition; groups `version`, `update`, `distribution`."""
    contains: str = ""
    """Text without which the pattern cannot match: looked for first, because that is quick."""
    versionless: bool = False
    """Whether the product is worth reporting when its version does not show."""
    confidence: int = 90
    """How sure a match is, 1 to 100."""
    positive: tuple[Example, ...] = ()
    negative: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, form in (("id", _ID), ("cpe", _CPE), ("where", _WHERE)):
            if not form.fullmatch(getattr(self, name)):
                raise ValueError(f"{name}: not in the form that docs/fingerprints.md gives")
        if not self.product.strip() or not self.product.isprintable():
            raise ValueError("product: expected a printable name")
        if not 1 <= self.confidence <= 100:
            raise ValueError("confidence: expected 1 to 100")
        if self.where == "body" and not self.contains:
            raise ValueError("contains: a rule for the body needs it, because bodies are long")
        compile_pattern(self.pattern)


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
    except re.error as error:
        raise ValueError(f"pattern: {error}") from None


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rule: tuple[Rule, ...] = ()


def read_rules(text: str, *, place: str = "rules") -> tuple[Rule, ...]:
    """Return the rules that one TOML file holds.

    Raises:
        ConfigurationError: the file is not in the format; the text names *place* and the rule.
    """
    if len(text) > FILE_LIMIT_BYTES:
        raise ConfigurationError(f"{place}: larger than {FILE_LIMIT_BYTES:,} bytes")
    try:
        return msgspec.convert(tomllib.loads(text), _File).rule
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
        raise ConfigurationError(f"{place}: {error}") from error


def built_in_rules() -> tuple[Rule, ...]:
    """Return the rules that this program ships, in the order of their files' names.

    Raises:
        ConfigurationError: a file is malformed, or two rules share an id.
    """
    folder = files("chariot.modules.discovery.fingerprints").joinpath("rules")
    found: dict[str, Rule] = {}
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if not entry.name.endswith(".toml"):
            continue
        for rule in read_rules(entry.read_text("utf-8"), place=entry.name):
            if rule.id in found:
                raise ConfigurationError(f"{entry.name}: the id {rule.id} is used twice")
            found[rule.id] = rule
    return tuple(found.values())
