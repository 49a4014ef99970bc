"""Edits of the surface as entries of the log."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from chariot.model.keys import Organisation
from chariot.modules.audit.circumstances import Circumstances, circumstances
from chariot.modules.audit.entries import Entry
from chariot.modules.audit.ports import Auditor
from chariot.modules.surface.telling import Decided

_TOGETHER: Final = 500

Weigh = Callable[[Organisation, Decided, str], Awaitable[Mapping[str, str]]]
"""Takes an edit and the subject of whoever asked for it; returns what more the log should say of it."""


async def _nothing(organisation: Organisation, one: Decided, subject: str) -> Mapping[str, str]:
    del organisation, one, subject
    return {}


class EditAudit:
    """See `Tell`: one entry for each entity that was changed, durable before anybody is answered."""

    def __init__(self, auditor: Auditor, weigh: Weigh = _nothing) -> None:
        self._auditor = auditor
        self._weigh = weigh

    async def __call__(self, organisation: Organisation, decided: Sequence[Decided]) -> None:
        """See `Tell`."""
        where = circumstances.get() or Circumstances()
        for first in range(0, len(decided), _TOGETHER):
            part = decided[first : first + _TOGETHER]
            await asyncio.gather(*(self._record(organisation, one, where) for one in part))

    async def _record(self, organisation: Organisation, one: Decided, where: Circumstances) -> None:
        facts = await self._weigh(organisation, one, where.subject)
        await self._auditor.record(_entry(organisation, one, where, facts))


def _entry(organisation: Organisation, one: Decided, where: Circumstances, facts: Mapping[str, str]) -> Entry:
    return Entry(
        organisation=organisation,
        actor=one.actor,
        action=f"{one.kind}:edit",
        object=one.key,
        address=where.address,
        request_id=where.request_id,
        before=one.before,
        after=one.after,
        details={"fields": one.fields, "op": one.op, "revision": str(one.revision), **facts},
    )
