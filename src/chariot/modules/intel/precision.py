"""Whether a detected version is cut short: `Apache/2.4` where the product's versions look like 2.4.49.

Servers are often told to say less. How long a product's versions are, its own criteria show.
"""

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from typing import Final

from chariot.modules.intel.cpe import ANY, NA, plain
from chariot.modules.intel.records import CpeMatch, Node, ProductKey, product_of

LONGEST_CUT: Final = 2
"""Numbers that a version has at most when it may be cut short."""
USUAL_SHARE: Final = 0.2
"""When so many of a product's known versions are as short, a short version is a whole one."""
LEAST_KNOWN: Final = 4
"""With fewer known versions nothing is concluded."""

_NUMBERS = re.compile(r"\d+(?:(\.\d+)(\.\d+)?)?")


def is_short(version: str) -> bool:
    """Tell whether *version* is nothing but one or two numbers."""
    return version.count(".") < LONGEST_CUT and version.replace(".", "").isdecimal()


def ceiling(version: str) -> str:
    """Return the first version after all that begin with *version*: 2.5 for 2.4.

    *version* is one of which `is_short` holds.
    """
    head, dot, last = version.rpartition(".")
    return f"{head}{dot}{int(last or 0) + 1}"


def shortest_usual(versions: Iterable[str]) -> int:
    """Return how many numbers a whole version of a product has at least, by the *versions* that are known of it."""
    lengths: Counter[int] = Counter(filter(None, map(_length, set(versions))))
    if lengths.total() < LEAST_KNOWN:
        return 1
    seen = 0
    for length in range(1, LONGEST_CUT + 1):
        seen += lengths[length]
        if seen >= USUAL_SHARE * lengths.total():
            return length
    return LONGEST_CUT + 1


def _length(version: str) -> int:
    """Return of how many numbers *version* is, more than `LONGEST_CUT` counted as one more; 0 for none."""
    match = _NUMBERS.match(plain(version))
    return (match.lastindex or 0) + 1 if match else 0


def known_versions(nodes: Iterable[Node], names: Container[ProductKey]) -> Iterator[str]:
    """Yield the versions and bounds of versions that *nodes* name of a product called *names*."""
    for root in nodes:
        for node in root.walk():
            for match in node.matches:
                if product_of(match.cpe) in names:
                    yield from _written(match)


def _written(match: CpeMatch) -> Iterator[str]:
    version = match.cpe.split(":", 6)[5] if "\\" not in match.cpe else ANY
    bounds = (match.start_including, match.start_excluding, match.end_including, match.end_excluding)
    yield from (bound for bound in bounds if bound)
    if version not in {ANY, NA}:
        yield version
