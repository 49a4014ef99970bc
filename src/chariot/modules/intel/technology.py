"""A detected technology, read for matching: all its names, its version as sort keys, whose build it is."""

import re
from functools import lru_cache
from typing import Final

import msgspec

from chariot.modules.intel import versions
from chariot.modules.intel.aliases import Aliases, Distribution
from chariot.modules.intel.cpe import ANY, NA, Cpe, plain
from chariot.modules.intel.precision import ceiling, is_short
from chariot.modules.intel.records import ProductKey

ATTRIBUTES: Final = ("update", "edition", "language", "sw_edition", "target_sw", "target_hw", "other")
"""The components beside the version that criteria can narrow."""

PLAIN: Final = (ANY,) * len(ATTRIBUTES)
_WITH_UPDATE = re.compile(
    r"(?P<version>\d+(?:\.\d+)*)[-_.~ ]?"
    r"(?P<update>(?:p|pl|sp|rc|beta|alpha|pre|patch|update|hotfix|hf|milestone)[-_.]?\d*)"
)

_PLAIN_NAME = re.compile(r"cpe:2\.3:([aoh]):([a-z0-9_][a-z0-9._-]*+):([a-z0-9_][a-z0-9._-]*+)")
_NUMBERS = re.compile(r"[0-9]++(?:\.[0-9]++)*+")
_NOTHING_MORE: Final = f":{ANY}" * len(ATTRIBUTES)


class Technology(msgspec.Struct, frozen=True, gc=False):
    """One technology as the matcher sees it."""

    cpe: Cpe
    names: tuple[ProductKey, ...]
    base: bytes
    """Sort key of the version alone; empty when the version is not known."""
    key: bytes
    """Sort key of version and update together; empty when the version is not known."""
    ceiling: bytes
    """Sort key after all versions that begin with this one, when it may be cut short; otherwise empty."""
    attributes: tuple[str, ...]
    """In the order of `ATTRIBUTES`; what says whose build it is has become `distribution`."""
    distribution: Distribution | None
    is_plain: bool
    """Whether its version is all that is known of it."""
    line: str = ""
    """The line of releases (software edition) that its version shows it to be of; nothing when it shows none."""


def plain_version_of(text: str) -> tuple[ProductKey, str] | None:
    """Return product and version of a canonical name that has nothing else, the version of numbers only."""
    if not text.endswith(_NOTHING_MORE):
        return None
    start, _, version = text[: -len(_NOTHING_MORE)].rpartition(":")
    product = _plain_product(start)
    return (product, version) if product is not None and _NUMBERS.fullmatch(version) else None


@lru_cache(maxsize=32_768)
def _plain_product(start: str) -> ProductKey | None:
    # Many technologies are versions of the same product.
    match = _PLAIN_NAME.fullmatch(start)
    return ProductKey(*match.groups()) if match else None


def read_technology(cpe: Cpe, aliases: Aliases) -> Technology:
    """Return *cpe* as a technology: an update inside its version taken apart, its names looked up."""
    product = ProductKey(cpe.part, cpe.vendor, cpe.product)
    version, update = plain(cpe.version), cpe.update
    distribution = None
    # Most technologies are a plain number, of which nothing has to be taken apart.
    if update != ANY or cpe.other != ANY or not version.replace(".", "").isdigit():
        distribution = aliases.distribution(plain(cpe.other), plain(update), version)
        if update == ANY and (match := _WITH_UPDATE.fullmatch(version)):
            version, update = match["version"], match["update"]
    sw_edition, line = cpe.sw_edition, ""
    if sw_edition == ANY:
        sw_edition = aliases.sw_edition(product, version)
        line = "" if sw_edition in {ANY, NA} else sw_edition
    order = versions.order_for(cpe.part, cpe.product)
    base = order(version) if cpe.version not in {ANY, NA} else b""
    has_update = base and update not in {ANY, NA}
    attributes = (
        update,
        cpe.edition,
        cpe.language,
        sw_edition,
        cpe.target_sw,
        cpe.target_hw,
        ANY if distribution else cpe.other,
    )
    return Technology(
        cpe=cpe,
        names=aliases.names(product),
        base=base,
        key=order(f"{version}-{plain(update)}") if has_update else base,
        ceiling=order(ceiling(version)) if base and not has_update and is_short(version) else b"",
        attributes=attributes,
        distribution=distribution,
        is_plain=bool(base) and distribution is None and attributes == PLAIN,
        line=line,
    )
