"""Products by the names that other tools give them, as CPE names."""

import re
from functools import lru_cache
from typing import Any

from chariot.formats.support.values import line
from chariot.model.kinds.weakness import Technology
from chariot.modules.discovery.fingerprints.rules import DISTRIBUTION
from chariot.modules.products.products import Product, built_in

_PUNCTUATION = re.compile(r"([^a-z0-9._-])")
_CPE22 = re.compile(
    r"cpe:/([aoh]):([^:]+):([^:]+)(?::([^:]*))?(?::([^:]*))?(?::([^:]*))?(?::([^:]*))?", re.IGNORECASE
)
_CPE23 = re.compile(r"cpe:2\.3:[aoh]:", re.IGNORECASE)
_REMEMBERED = 8_192
_VERSION = re.compile(r"\d[\w.+~-]{0,60}", re.ASCII)
_COLON = re.compile(r"(?<!\\):")
_PATCHED = re.compile(r"(\d{1,6}(?:\.\d{1,6}){1,4})(p\d{1,3})", re.ASCII)
_DISTRIBUTION = re.compile(DISTRIBUTION)
_ANY_LINUX = re.compile(r"(?<!Enterprise) Linux\b")


def technology(name: Any, version: Any = "") -> Technology | None:
    """Return the technology that people call *name*; None where its CPE name is not known for certain."""
    return _named(line(name, 200).lower(), line(version, 100))


# Files name the same few products again and again, and a technology never changes.
@lru_cache(maxsize=_REMEMBERED)
def _named(name: str, written: str) -> Technology | None:
    known = built_in().named(name)
    return _version_of(known, written) if known is not None else None


def technology_of_purl(written: Any, version: Any = "") -> Technology | None:
    """Return the technology that a package URL is a package of; None where no product is known to be it."""
    return _of_purl(line(written, 1_000), line(version, 100))


@lru_cache(maxsize=_REMEMBERED)
def _of_purl(purl: str, version: str) -> Technology | None:
    known = built_in().of_purl(purl)
    return _version_of(known, version) if known is not None else None


def _version_of(known: Product, written: str) -> Technology:
    found = written if _VERSION.fullmatch(written) else ""
    component = _PUNCTUATION.sub(r"\\\1", found.lower()) or "*"
    return Technology(cpe=f"cpe:2.3:{known.cpe}:{component}:*:*:*:*:*:*:*", product=known.name, version=found)


def technology_of_cpe(written: Any, product: Any = "", version: Any = "") -> Technology | None:
    """Return the technology of a CPE name in either form; None where it is none or names no product."""
    return _of_cpe(line(written, 1_000), line(product, 200), line(version, 200))


@lru_cache(maxsize=_REMEMBERED)
def _of_cpe(given: str, product: str, version: str) -> Technology | None:
    formatted = given if _CPE23.match(given) else formatted_cpe(given)
    try:
        return Technology(cpe=formatted or "", product=product, version=version)
    except ValueError:
        return None


def technology_of_service(written: Any, product: Any, version: Any, more: Any) -> Technology | None:
    """Return the technology of a CPE name and of what a scanner saw beside it; None where the name is none.

    The product goes by the name that our table knows it by, a patch level stands apart from the version (`9.2p1`), and
    a distribution whose build it is, named in *version* or *more*, is told: it repairs without a new version.
    """
    return _of_service(line(written, 1_000), line(product, 200), line(version, 200), line(more, 200))


@lru_cache(maxsize=_REMEMBERED)
def _of_service(written: str, product: str, version: str, more: str) -> Technology | None:
    known = _of_cpe(written, product, version)
    if known is None:
        return None
    parts = _COLON.split(known.cpe)
    ours = built_in().of_cpe(":".join(parts[2:5]))
    if ours is not None:
        parts[2:5] = ours.cpe.split(":")
    patched = _PATCHED.fullmatch(parts[5])
    if patched is not None and parts[6] == "*":
        parts[5:7] = patched.groups()
    told = _DISTRIBUTION.search(version) or _DISTRIBUTION.search(_ANY_LINUX.sub("", more))
    if told is not None and parts[12] == "*":
        build = re.sub(r"^([a-z]+)[- ]", r"\1_", told["distribution"].lower())
        parts[12] = _PUNCTUATION.sub(r"\\\1", build)
    return Technology(cpe=":".join(parts), product=product, version=version)


def formatted_cpe(text: str) -> str | None:
    """Return a CPE 2.2 URI as a CPE 2.3 formatted string, None when it is not one. Source: NISTIR 7695, 6.1."""
    known = _CPE22.fullmatch(text.strip())
    if known is None:
        return None
    part, *rest = known.groups()
    fields = [_PUNCTUATION.sub(r"\\\1", _unquoted(value or "").lower()) or "*" for value in rest]
    return ":".join(["cpe:2.3", part.lower(), *fields, *["*"] * (10 - len(fields))])


def _unquoted(value: str) -> str:
    return re.sub(r"%([0-9a-fA-F]{2})", lambda match: chr(int(match[1], 16)), value)
