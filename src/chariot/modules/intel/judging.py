"""What the conditions of a CVE say of the versions of a product alone, found out once for all versions.

Between two neighbouring bounds of its criteria every version has the same answer, so that a few versions stand
for all. Conditions of any shape become stretches of versions that need not be judged again.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from chariot.modules.intel.answers import Ground, ground_of
from chariot.modules.intel.conditions import CompiledCve
from chariot.modules.intel.cpe import ANY, NA, Cpe
from chariot.modules.intel.criteria import NO
from chariot.modules.intel.records import Candidate, CpeMatch, Node, ProductKey
from chariot.modules.intel.technology import PLAIN, Technology

Judged = tuple[bytes, bool, bytes, bool, Ground, int]
"""A stretch of versions: its low key and whether it belongs, its high key and whether it belongs (empty: no bound),
what the answer rests on, and which match decides it (`NO_MATCH`: none)."""
NO_MATCH: Final = -1

_Said = tuple[Ground, int] | None
_FIRST: Final = b"\x00"
"""A key before those of all versions."""


def judged_alone(
    product: ProductKey, nodes: Sequence[Node], bounds: Iterable[bytes], matches: Sequence[CpeMatch]
) -> tuple[str, tuple[Judged, ...]]:
    """Return the host that plug-ins are taken to run in, and what *nodes* say of versions alone, in order.

    *bounds* are the keys at which their answer may change, *matches* all of theirs. No version may be judged by
    how it is written, and nothing be negated.
    """
    cve = CompiledCve(Candidate("", tuple(nodes)), frozenset((product,)), _is_named)
    ordinals: dict[CpeMatch, int] = {}
    for ordinal, match in enumerate(matches):
        ordinals.setdefault(match, ordinal)
    answers = _Answers(product, cve, ordinals)
    found: list[Judged] = []
    for place in _places(sorted({bound for bound in bounds if bound})):
        said = answers.of(place[4])
        if said is not None:
            found.append(_going_on(found, (*place[:4], *said)))
    return cve.host, tuple(found)


def _going_on(found: list[Judged], one: Judged) -> Judged:
    """Return *one*, together with the last of *found* when it says the same up to where *one* begins."""
    if found and found[-1][4:] == one[4:] and found[-1][2:4] == (one[0], not one[1]):
        return (*found.pop()[:2], *one[2:])
    return one


def _is_named(host: str) -> bool:
    return host not in {ANY, NA}


def _places(keys: Sequence[bytes]) -> Iterator[tuple[bytes, bool, bytes, bool, bytes]]:
    """Yield all stretches between and on *keys*, each with a key that stands for it."""
    yield b"", False, keys[0] if keys else b"", False, _FIRST
    for place, key in enumerate(keys):
        yield key, True, key, True, key
        # No version has a key between a key and itself with a byte more.
        yield key, False, keys[place + 1] if place + 1 < len(keys) else b"", False, key + b"\x00"


class _Answers:
    """What a CVE says of a version that is all that is known of the product."""

    def __init__(self, product: ProductKey, cve: CompiledCve, ordinals: dict[CpeMatch, int]) -> None:
        self._cve = cve
        self._ordinals = ordinals
        self._names = (product,)
        self._cpe = Cpe(*product, version="0")

    def of(self, key: bytes) -> _Said:
        """Return what the answer about the version of *key* rests on, and which match; None when it is no."""
        technology = Technology(
            cpe=self._cpe,
            names=self._names,
            base=key,
            key=key,
            ceiling=b"",
            attributes=PLAIN,
            distribution=None,
            is_plain=True,
        )
        verdict = self._cve.judge(technology, ())
        if verdict.truth == NO:
            return None
        criterion = verdict.criterion
        match = self._ordinals[criterion.match] if criterion else NO_MATCH
        return ground_of(verdict, self._cve, technology), match
