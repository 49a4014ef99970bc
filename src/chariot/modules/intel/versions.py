"""The order of versions, as keys of bytes: `key(a) < key(b)` says that *a* came before *b*.

A version is read as runs of digits and of letters. At one place in two versions the order is

    pre-release word < nothing more < letters or a patch word < number after - or _ < number after . ( )

so that 1.0-rc1 < 1.0 < 1.0.2 < 1.0.2k < 1.0.2-1 < 1.0.2.1. Zeros that end a run of numbers say
nothing (1.0 equals 1.0.0), nor do release words (1.0.Final equals 1.0), nor build data after a `+`.
Comparing the bytes compares the versions, so the order is total and equality is one comparison.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

_TOKEN = re.compile(r"([^0-9a-z\x80-\U0010ffff]*)([0-9]+|[a-z]+|[\x80-\U0010ffff]+)")
_LEADING_V = re.compile(r"(?:version|ver|v)[ ._-]*(?=[0-9])")

_PRE_RELEASE: Final = {
    "dev": 0x10,
    "nightly": 0x10,
    "canary": 0x10,
    "alpha": 0x14,
    "beta": 0x18,
    "milestone": 0x1A,
    "pre": 0x1C,
    "preview": 0x1C,
    "prerelease": 0x1C,
    "cr": 0x1C,
    "rc": 0x1C,
    "ea": 0x1C,
    "snapshot": 0x1E,
}
_RELEASE_WORDS: Final = frozenset({"final", "ga", "release", "stable", "incubating"})
_SHORT_FOR: Final = {"hf": "hotfix", "patch": "p", "patchlevel": "p", "pl": "p"}
"""1.9.5 patch1, 1.9.5pl1 and 1.9.5p1 are one version, and so are 15.5.4 HF1 and 15.5.4 Hotfix 1."""
_SHORT_PRE_RELEASE: Final = {"a": 0x14, "b": 0x18, "m": 0x1A}
_END: Final = b"\x40"
_WORD: Final = b"\x50"
_BUILD_NUMBER: Final = 0x58
_NUMBER: Final = 0x60
_ZERO: Final = b"\x60\x00"
_POINTS: Final = frozenset(".()")
"""What parts two components: Cisco writes 9.1(7)16 for what registers write 9.1.7.16."""
_MAX_DIGITS: Final = 255
_DIGITS: Final = frozenset("0123456789")


@lru_cache(maxsize=131_072)
def key(version: str) -> bytes:
    """Return the sort key of *version* by the order that this module describes; total over all strings."""
    return _key(version, short_words=True)


@lru_cache(maxsize=65_536)
def firmware_key(version: str) -> bytes:
    """Return the sort key of a firmware *version*, in which a lone letter is a build and no pre-release.

    1.08b04 is build 4 of 1.08 there, where in software 9.9.3b2 is the second beta of 9.9.3.
    """
    return _key(version, short_words=False)


def order_for(part: str, product: str) -> Callable[[str], bytes]:
    """Return the key function that fits versions of this product."""
    return firmware_key if part in {"o", "h"} or product.endswith("_firmware") else key


def _key(version: str, *, short_words: bool) -> bytes:
    if version.isascii() and version.replace(".", "").isdigit():
        return _numeric_key(version)
    text = version.lower()
    text = text.partition("+")[0] or text
    if text[:1] == "v":
        text = _LEADING_V.sub("", text, count=1)
    out: list[bytes] = []
    zeros: list[bytes] = []
    after_word = True
    for token in _TOKEN.finditer(text):
        gap, run = token.groups()
        if run.isdigit() and run.isascii():
            number = _number(run, is_build=bool(gap) and gap not in _POINTS and not after_word)
            if number[1:2] == b"\x00":
                zeros.append(number)
            else:
                out += zeros
                out.append(number)
                zeros.clear()
            after_word = False
        elif run not in _RELEASE_WORDS:
            zeros.clear()
            out.append(_word(run, token, text, short_words=short_words))
            after_word = True
    out.append(_END)
    return b"".join(out)


def _numeric_key(version: str) -> bytes:
    # Most versions are numbers and points: the same key, without looking at each run.
    parts = [_component(run) for run in version.split(".") if run]
    while parts and parts[-1] == _ZERO:
        parts.pop()
    parts.append(_END)
    return b"".join(parts)


@lru_cache(maxsize=4_096)
def _component(run: str) -> bytes:
    return _number(run, is_build=False)


def _number(digits: str, *, is_build: bool) -> bytes:
    # The length before the digits makes 10 greater than 9 without a fixed width.
    significant = digits.lstrip("0")[:_MAX_DIGITS]
    return bytes((_BUILD_NUMBER if is_build else _NUMBER, len(significant))) + significant.encode()


def _word(run: str, token: re.Match[str], text: str, *, short_words: bool) -> bytes:
    run = _SHORT_FOR.get(run, run)
    rank = _PRE_RELEASE.get(run)
    if rank is None and short_words and token.start():
        next_is_digit = text[token.end() : token.end() + 1] in _DIGITS
        rank = _SHORT_PRE_RELEASE.get(run) if next_is_digit else None
        # Cisco's 15.2(4)M2 is a maintenance build; a milestone stands after a point, as in 9.0.0.M1.
        if run == "m" and token.group(1) not in {".", "-", "_"}:
            rank = None
    return bytes((rank,)) if rank else _WORD + run.encode("utf-8", "surrogatepass") + b"\x00"
