"""Few things in places: where somebody sees little, that little is gone through, whatever there is beside it."""

import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from chariot.modules.surface.facts import slots
from chariot.modules.surface.places import PLACE, PLACED, inside
from chariot.modules.surface.sight import Sight

FEW = 1_000
"""So many are found and sorted faster than an index is walked that may hold few of them."""
_PLAIN = re.compile(r"[0-9a-z._-]+")
_RANGES = 50


class Nearby(msgspec.Struct, frozen=True):
    """The present rows in places, each row in one part."""

    parts: tuple[str, ...]
    """What stands behind `SELECT …` to get the rows of `version`, named `v`."""

    @property
    def count(self) -> str:
        """The statement that counts them, no further than needed: it costs the same however many there are."""
        parts = " UNION ALL ".join(
            f"SELECT count(*) AS found FROM (SELECT 1 {part} LIMIT {FEW + 1}) AS part" for part in self.parts
        )
        return f"SELECT sum(found) FROM ({parts}) AS parts"


def nearby(
    organisation: int, kinds: Sequence[str], sight: Sight, numbers: Mapping[str, int], present: str
) -> Nearby | None:
    """Return where the rows of *kinds* are that fulfil *present* and lie in the places of *sight*.

    None where that would be no shorter way, or where *sight* shows things for another reason than where they are.
    """
    places = sorted({place for rule in sight for place in rule.places})
    if not places or any(not rule.places for rule in sight) or not all(map(_PLAIN.fullmatch, places)):
        return None
    placed = [kind for kind in kinds if kind in PLACED]
    parts = tuple(_parts(organisation, placed, _outermost(places), numbers, present))
    return Nearby(parts) if 0 < len(parts) <= _RANGES else None


def _outermost(places: Sequence[str]) -> Iterator[str]:
    """Yield those of the sorted *places* that lie in none of the others, so that no row is found twice."""
    last = ""
    for place in places:
        if not last or not place.startswith(last):
            last = place
            yield place


def _parts(
    organisation: int, kinds: Sequence[str], places: Iterator[str], numbers: Mapping[str, int], present: str
) -> Iterator[str]:
    for low, high in map(inside, places):
        for kind in kinds:
            fact = f"v.fact_{slots(kind).index(PLACE)}"
            yield (
                f"FROM version AS v WHERE v.organisation = {organisation} AND v.kind = {numbers[kind]}"
                f" AND {fact} >= '{low}' AND {fact} < '{high}' AND {present} AND {fact} IS NOT NULL"
            )
