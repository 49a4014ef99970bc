"""Versions as people word them in CVE records: `< 2.0`, `>= 1.0, < 1.5`, `1.2.*`, `before 3.1`, `1.0 through 1.4`."""

import re
from typing import Final, NamedTuple

from chariot.modules.intel.precision import ceiling, is_short

_VERSION: Final = r"v?(?P<{0}>[0-9][0-9A-Za-z.+_~:()-]*)"
_PAIR: Final = re.compile(r"(<=|>=|<|>|=)\s*v?([0-9][0-9A-Za-z.+_~:()-]*)")
_BEFORE: Final = re.compile(
    rf"(?:all versions )?(?:before|prior to|earlier than|<)\s*{_VERSION.format('v')}", re.IGNORECASE
)
_UP_TO: Final = re.compile(
    rf"(?:all versions )?(?:up to(?: and including)?|through|<=)\s*{_VERSION.format('v')}"
    rf"|{_VERSION.format('w')} and (?:earlier|below|prior)(?: versions)?",
    re.IGNORECASE,
)
_FROM_TO: Final = re.compile(
    rf"(?:from\s+)?{_VERSION.format('a')}\s*(?:through|to|up to|-|\u2013)\s*{_VERSION.format('b')}",
    re.IGNORECASE,
)
_EXACT: Final = re.compile(rf"{_VERSION.format('v')}")
_STAR: Final = re.compile(r"v?([0-9]+(?:\.[0-9]+)*)\.[x*]", re.IGNORECASE)
_EVERY: Final = frozenset({"*", "all", "all versions", "any"})
NOTHING: Final = frozenset({"", "0", "*", "-", "n/a", "na", "unspecified", "unknown", "none"})
"""What stands where no version is known; as a lower bound it means from the first one."""
MAX_LENGTH: Final = 256


class Span(NamedTuple):
    """A stretch of versions; a bound that is None is open."""

    low: str | None = None
    low_included: bool = True
    high: str | None = None
    high_included: bool = False
    exact: str | None = None
    """One version, and no stretch."""


def read_wording(text: str) -> tuple[Span, ...] | None:
    """Return what *text* means, or None where no rule reads it.

    >>> read_wording(">= 1.0, < 1.5")
    (Span(low='1.0', low_included=True, high='1.5', high_included=False, exact=None),)
    >>> read_wording("some builds") is None
    True
    """
    worded = " ".join(text.strip().split())
    if len(worded) > MAX_LENGTH:
        return None
    if worded.lower() in _EVERY:
        return (Span(),)
    if match := _STAR.fullmatch(worded):
        return (Span(match[1], high=after(match[1])),)
    if match := _EXACT.fullmatch(worded):
        return (Span(exact=match["v"]),)
    return _by_words(worded) or _by_signs(worded)


def _by_words(worded: str) -> tuple[Span, ...] | None:
    if match := _BEFORE.fullmatch(worded):
        return (Span(high=match["v"]),)
    if match := _UP_TO.fullmatch(worded):
        return (Span(high=match["v"] or match["w"], high_included=True),)
    if match := _FROM_TO.fullmatch(worded):
        return (Span(match["a"], high=match["b"], high_included=True),)
    return None


def _by_signs(worded: str) -> tuple[Span, ...] | None:
    spans: list[Span] = []
    for part in re.split(r"\s*\|\|\s*", worded):
        if _PAIR.sub("", part).strip(" ,&") or not part.strip():
            return None
        spans.append(_span(_PAIR.findall(part)))
    return tuple(spans)


def _span(pairs: list[tuple[str, str]]) -> Span:
    span = Span()
    for sign, version in pairs:
        match sign:
            case "<" | "<=":
                span = span._replace(high=version, high_included=sign == "<=")
            case ">" | ">=":
                span = span._replace(low=version, low_included=sign == ">=")
            case _:
                span = Span(exact=version)
    return span


def after(version: str) -> str:
    """Return the first version that does not begin with the numbers of *version*: 1.3 for 1.2."""
    head, dot, last = version.rpartition(".")
    return ceiling(version) if is_short(version) else f"{head}{dot}{int(last) + 1}"
