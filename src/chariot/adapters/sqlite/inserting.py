"""New versions of entities, many in one statement: each statement opens the table and all its indexes once."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import apsw

from chariot.adapters.sql.batch import NumberedVersion, alike_versions
from chariot.adapters.sqlite.migrations import PLACE_SLOT
from chariot.modules.surface.facts import slots
from chariot.modules.surface.places import place_of

_AT_ONCE = (32, 8, 1)
"""So many rows in one statement: more are no quicker, and what is left over goes into the next smaller ones."""

_SAID = "organisation, valid_from, kind, revision, status, op, fields, actor, why, common"
_OWN = "sequence, entity, key, doc"
_SAID_COUNT = _SAID.count(",") + 1
_OWN_COUNT = _OWN.count(",") + 1


def insert_versions(
    connection: apsw.Connection,
    versions: Iterable[NumberedVersion],
    organisation: int,
    kinds: Mapping[str, int],
    at_us: int,
    *,
    places: bool,
) -> None:
    """Insert *versions*, and their *places* where these are kept."""
    first_slot = PLACE_SLOT if places else PLACE_SLOT + 1
    for (kind, revision, status, op, *rest), alike in alike_versions(versions).items():
        facts = len(slots(kind)) - 1
        own: list[Any] = []
        for sequence, entity, write in alike:
            own += (sequence, entity, write.key, write.doc)
            if places:
                own.append(place_of(write.key))
            own += write.facts[:facts]
        columns = tuple(range(first_slot, PLACE_SLOT + 1 + facts))
        width = _OWN_COUNT + len(columns)
        said = (organisation, at_us, kinds[kind], revision, status, op.value, *rest)
        done = 0
        for rows in _AT_ONCE:
            step = rows * width
            whole = len(own) - (len(own) - done) % step
            some = [(*said, *own[first : first + step]) for first in range(done, whole, step)]
            if some:
                connection.executemany(_statement(rows, columns), some)
            done = whole


@cache
def _statement(rows: int, used: tuple[int, ...]) -> str:
    """Return the statement for so many rows with facts in the slots *used*; what they share is bound once."""
    columns = ", ".join([_SAID, _OWN, *(f"fact_{slot}" for slot in used)])
    shared = ", ".join(f"?{place}" for place in range(1, _SAID_COUNT + 1))
    width = _OWN_COUNT + len(used)
    firsts = (_SAID_COUNT + 1 + row * width for row in range(rows))
    values = ", ".join(
        f"({shared}, {', '.join(f'?{place}' for place in range(first, first + width))})" for first in firsts
    )
    return f"INSERT INTO version ({columns}) VALUES {values}"
