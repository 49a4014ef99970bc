"""Few things in places: where somebody sees little, that little is gone through, whatever there is beside it."""

import re
from collections.abc import Iterator, Mapping, Sequence

import apsw

from chariot.modules.surface.facts import slots
from chariot.modules.surface.places import PLACE, PLACED, inside
from chariot.modules.surface.sight import Sight

_FEW = 1_000
"""So many are found and sorted faster than an index is walked that may hold few of them."""
_PLAIN = re.compile(r"[0-9a-z._-]+")
_RANGES = 50


def nearby(
    connection: apsw.Connection,
    organisation: int,
    kinds: Sequence[str],
    sight: Sight,
    numbers: Mapping[str, int],
) -> str | None:
    """Return the source of the present rows of *kinds* in the places of *sight*, where these are few.

    None where they are many, or where *sight* shows things for another reason than where they are.
    """
    places = sorted({place for rule in sight for place in rule.places})
    if not places or any(not rule.places for rule in sight) or not all(map(_PLAIN.fullmatch, places)):
        return None
    parts = list(_parts(organisation, [kind for kind in kinds if kind in PLACED], places, numbers))
    if not parts or len(parts) > _RANGES:
        return None
    # Each part ends early, so this costs the same however much there is.
    count = "SELECT sum(found) FROM (" + " UNION ALL ".join(
        f"SELECT count(*) AS found FROM (SELECT 1 {part} LIMIT {_FEW + 1})" for part in parts
    )
    if int(str(connection.execute(f"{count})").get)) > _FEW:
        return None
    rows = " UNION ".join(f"SELECT sequence {part}" for part in parts)
    return f"({rows}) AS near CROSS JOIN version AS v ON v.sequence = near.sequence"


def _parts(
    organisation: int, kinds: Sequence[str], places: Sequence[str], numbers: Mapping[str, int]
) -> Iterator[str]:
    for kind in kinds:
        fact = f"fact_{slots(kind).index(PLACE)}"
        for low, high in map(inside, places):
            yield (
                f"FROM version WHERE organisation = {organisation} AND kind = {numbers[kind]}"
                f" AND {fact} >= '{low}' AND {fact} < '{high}' AND valid_to IS NULL AND {fact} IS NOT NULL"
            )
