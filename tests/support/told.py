"""What a store tells in the end, in a form that two runs can be compared by: nothing of when and by whom."""

from collections import Counter
from typing import Any

from chariot.application import Application
from chariot.model.keys import SHARED, Organisation
from chariot.model.records import Record
from chariot.model.registry import KINDS
from chariot.modules.surface.query import PAGE_LIMIT, Query

Row = tuple[Any, ...]
_CHANGES_AT_ONCE = 5_000
_ITS_OWN = frozenset({"alertrule", "scan"})
"""Kinds of which each run has its own: another address, sealed anew each time; another id, told by the clock."""


async def told(application: Application) -> dict[str, Counter[Row]]:
    """Return every entity as it is now, every change, and every version of what has more than one."""
    store = application.store
    found: dict[str, Counter[Row]] = {"entities": Counter(), "changes": Counter(), "versions": Counter()}
    for organisation in (application.organisation, SHARED):
        for record in await _records(application, organisation):
            found["entities"][_entity(record)] += 1
            if record.revision > 1:
                page = await store.versions(organisation, record.key, limit=1_000)
                found["versions"].update(
                    (one.change.key, one.change.revision, one.status, repr(one.entity)) for one in page.items
                )
        after = 0
        while changes := await store.changes(after, _CHANGES_AT_ONCE, organisation=organisation):
            after = changes[-1].sequence
            found["changes"].update(
                (
                    one.key,
                    # A link counts as its source's, at whatever revision that stood just then.
                    None if one.relationship else one.revision,
                    one.op,
                    one.fields,
                    one.relationship,
                    one.target,
                )
                for one in changes
                if one.kind not in _ITS_OWN
            )
    return found


async def _records(application: Application, organisation: Organisation) -> list[Record]:
    records: list[Record] = []
    for kind in KINDS.keys() - _ITS_OWN:
        cursor = ""
        while True:
            page = await application.store.find(
                organisation, Query(kinds=(kind,), limit=PAGE_LIMIT, cursor=cursor)
            )
            records += page.items
            cursor = page.cursor
            if not cursor:
                break
    return records


def _entity(record: Record) -> Row:
    return (record.organisation, record.key, record.status, record.revision, repr(record.entity))


def differences(one: dict[str, Counter[Row]], other: dict[str, Counter[Row]]) -> list[str]:
    """Return what only one of two runs has, a line for each."""
    return [
        f"{part} {sign} {row}"
        for part in one
        for sign, rows in (("-", one[part] - other[part]), ("+", other[part] - one[part]))
        for row in rows.elements()
    ]
