"""New versions of entities, many in one statement: each statement opens the table and all its indexes once."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import apsw

from chariot.modules.surface.facts import slots
from chariot.modules.surface.states import EntityWrite

_AT_ONCE = 32
"""So many rows in one statement: more are no quicker, and what is left over goes in one by one."""

_SAID = "organisation, valid_from, kind, revision, status, op, fields, actor, why, common"
_OWN = "sequence, entity, key, doc"
_SAID_COUNT = _SAID.count(",") + 1
_OWN_COUNT = _OWN.count(",") + 1


def insert_versions(
    connection: apsw.Connection,
    versions: Iterable[tuple[int, int, EntityWrite]],
    organisation: int,
    kinds: Mapping[str, int],
    at_us: int,
) -> None:
    """Insert *versions*: sequence, entity and what is written."""
    for (kind, revision, status, op, *rest), own in _alike(versions).items():
        facts = len(slots(kind))
        width = _OWN_COUNT + facts
        step = _AT_ONCE * width
        said = (organisation, at_us, kinds[kind], revision, status, op.value, *rest)
        whole = len(own) - len(own) % step
        for first in range(0, whole, step):
            connection.execute(_statement(_AT_ONCE, facts), (*said, *own[first : first + step]))
        left = [(*said, *own[first : first + width]) for first in range(whole, len(own), width)]
        connection.executemany(_statement(1, facts), left)


def _alike(versions: Iterable[tuple[int, int, EntityWrite]]) -> dict[tuple[Any, ...], list[Any]]:
    """Return by what is said of many versions of one kind what is each one's own, one behind the other."""
    groups: dict[tuple[Any, ...], list[Any]] = {}
    last: tuple[Any, ...] = ()
    own: list[Any] = []
    places = 0
    for sequence, entity, write in versions:
        said = (
            write.kind, write.revision, write.status, write.op, write.fields, write.actor, write.why, write.common,
        )  # fmt: skip
        # Versions come by key, so those of one kind stand together, and mostly say the same.
        if said != last:
            last = said
            own = groups.setdefault(said, [])
            places = len(slots(write.kind))
        own += (sequence, entity, write.key, write.doc)
        own += write.facts[:places]
    return groups


@cache
def _statement(rows: int, facts: int) -> str:
    """Return the statement for so many rows of a kind with so many facts; what they share is bound once."""
    columns = ", ".join([_SAID, _OWN, *(f"fact_{place}" for place in range(facts))])
    shared = ", ".join(f"?{place}" for place in range(1, _SAID_COUNT + 1))
    width = _OWN_COUNT + facts
    firsts = (_SAID_COUNT + 1 + row * width for row in range(rows))
    values = ", ".join(
        f"({shared}, {', '.join(f'?{place}' for place in range(first, first + width))})" for first in firsts
    )
    return f"INSERT INTO version ({columns}) VALUES {values}"
