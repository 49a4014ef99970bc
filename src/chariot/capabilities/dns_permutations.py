"""Names that differ from a known one as people's names do: another number, another environment."""

import contextlib
import re
import secrets
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import ClassVar

from chariot.capabilities.support.concurrency import spread
from chariot.capabilities.support.guessing import Guesser
from chariot.capabilities.support.wildcards import FIRST_SAMPLES
from chariot.capability import CannotRunError, Capability, Found, Touch
from chariot.model.kinds.network import Domain

ENVIRONMENTS = (
    "dev", "test", "stage", "staging", "qa", "uat", "prod", "preprod", "int", "demo", "beta", "old", "new",
)  # fmt: skip
ADDED = ("dev", "test", "staging", "old", "new", "admin", "api", "2")
LIMIT = 100
"""The most names that are tried for one."""
_PARTS_LIMIT = 2
"""A label of more parts than this gets none added, so that what is found leads to an end."""
_AT_ONCE = 25
_NUMBER = re.compile(r"(\D*)(\d{1,4})(\D*)")
_CONTROLS = 4
_LETTERS = "bcdfghjklmnpqrstvwxz"


class DnsPermutations(Capability[Domain]):
    """Look up variations of a name's first label: numbers before and after, other environments."""

    name = "dns-permutations"
    touch = Touch.ACTIVE
    sends = "look-ups of names made from known ones"
    packets = 25
    timeout_s: ClassVar[float] = 300.0
    period: ClassVar[timedelta] = timedelta(days=7)

    def match(self, target: Domain) -> bool:
        """See `Capability.match`: names of zones have nothing to vary, and neither have services."""
        return target.host.count(".") >= 2 and not target.host.startswith("_")

    def cost(self, target: Domain) -> int:
        """See `Capability.cost`."""
        return FIRST_SAMPLES + _CONTROLS + len(variations(target.host.partition(".")[0]))

    async def run(self, target: Domain) -> AsyncIterator[Found]:
        """See `Capability.run`."""
        label, _, parent = target.host.partition(".")
        guesser = Guesser(self.network)
        for control in controls(label):
            if await guesser.look(f"{control}.{parent}") is not None:
                raise CannotRunError(f"whatever is made of {target.host} exists, such as {control}.{parent}")
        names = (f"{variant}.{parent}" for variant in variations(label))
        async with contextlib.aclosing(spread(guesser.look, names, limit=_AT_ONCE)) as hits:
            async for hit in hits:
                if not hit.has_nothing:
                    yield hit.domain
        guesser.check(f"variations of {target.host}")


def controls(label: str) -> list[str]:
    """Return labels made of *label* as `variations` are, that nobody would choose, other ones each time.

    Where they exist, the name server makes names up that look like known ones, and without an end: a wildcard that
    names at random do not show.
    """
    word = "".join(secrets.choice(_LETTERS) for _ in range(10))
    number = 10_000 + secrets.randbelow(90_000)
    match = _NUMBER.fullmatch(label)
    before, after = (match[1], match[3]) if match is not None else (label, "")
    found = (f"{label}-{word}", f"{word}-{label}", f"{before}{number}{after}", f"{label}{word}")
    return [name for name in found if len(name) <= 63 and not name.startswith("-") and not name.endswith("-")]


def variations(label: str) -> list[str]:
    """Return labels like *label*, each once, without itself.

    >>> variations("web1")[:4]
    ['web0', 'web2', 'web3', 'web4']
    """
    found = dict.fromkeys([*_numbers(label), *_swaps(label), *_additions(label)])
    found.pop(label, None)
    return [
        name for name in found if len(name) <= 63 and not name.startswith("-") and not name.endswith("-")
    ][:LIMIT]


def _numbers(label: str) -> Iterator[str]:
    match = _NUMBER.fullmatch(label)
    if match is not None:
        before, digits, after = match.groups()
        for number in range(max(int(digits) - 3, 0), int(digits) + 4):
            yield f"{before}{number:0{len(digits)}d}{after}"


def _swaps(label: str) -> Iterator[str]:
    parts = label.split("-")
    for place, part in enumerate(parts):
        if part in ENVIRONMENTS:
            for other in ENVIRONMENTS:
                yield "-".join([*parts[:place], other, *parts[place + 1 :]])
            yield "-".join([*parts[:place], *parts[place + 1 :]])


def _additions(label: str) -> Iterator[str]:
    if len(label.split("-")) >= _PARTS_LIMIT or label in ENVIRONMENTS:
        return
    for word in ADDED:
        yield f"{label}-{word}"
        yield f"{word}-{label}"
    if not label[-1:].isdigit():
        yield from (f"{label}1", f"{label}2", f"{label}01")
