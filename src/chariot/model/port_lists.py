"""Ports as people write them: numbers, ranges such as 8000-8100, `top-100`, `all`."""

import re
from collections.abc import Iterable
from typing import Final

HIGHEST: Final = 65_535
_RANGE = re.compile(r"(\d{1,5})-(\d{1,5})")
_TOP = re.compile(r"top-(\d{1,3})")

RANKED: Final = (
    80, 443, 22, 21, 25, 8080, 3389, 53, 8443, 110, 143, 993, 995, 587, 3306, 23, 445, 139, 135, 5900,
    111, 8000, 5432, 6379, 1723, 465, 81, 8888, 9090, 8081, 1433, 27017, 5060, 2082, 2083, 2086, 2087, 9200, 5985,
    5000, 3000, 389, 636, 9000, 10000, 8008, 8009, 1521, 11211, 2049, 873, 5601, 15672, 5672, 1883, 8883, 6443, 10250,
    2375, 2376, 2379, 2181, 9092, 9443, 4443, 7001, 7002, 8161, 61616, 9042, 5984, 8500, 8200, 4646, 8086, 8123, 9100,
    9093, 3128, 1080, 8118, 554, 8554, 515, 631, 548, 88, 464, 5222, 5269, 6000, 5901, 5986, 47001, 49152, 4848, 8834,
    8291, 2000, 1900,
)  # fmt: skip
"""The hundred that are found open most on perimeters, by our own judgement, the likeliest first."""


def port_numbers(written: Iterable[object]) -> tuple[int, ...]:
    """Return the ports that *written* names, each once, ascending.

    Raises:
        ValueError: one is no port, range or list; the text quotes it.
    """
    found: set[int] = set()
    for one in written:
        found.update(_of(str(one).strip().lower()))
    return tuple(sorted(found))


def _of(text: str) -> Iterable[int]:
    if text == "all":
        return range(1, HIGHEST + 1)
    top = _TOP.fullmatch(text)
    if top and 1 <= int(top[1]) <= len(RANKED):
        return RANKED[: int(top[1])]
    match = _RANGE.fullmatch(text)
    first, last = (int(match[1]), int(match[2])) if match else (_number(text), _number(text))
    if not 1 <= first <= last <= HIGHEST:
        raise ValueError(
            f"{text[:40]!r} is no port: expected 1 to {HIGHEST:,}, a range such as 8000-8100, top-1 to "
            f"top-{len(RANKED)}, or all"
        )
    return range(first, last + 1)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else 0
