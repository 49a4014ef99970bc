"""By the clock: every score measured anew against the graph, and against all else that no change leads to."""

from typing import Final

import structlog

from chariot.model.keys import Key, Organisation
from chariot.model.kinds.weakness import Risk
from chariot.modules.risk.assess import RISKS_AT_ONCE, Assessor
from chariot.modules.risk.life import UNRESOLVED
from chariot.modules.risk.standing import Positions, Standing
from chariot.modules.surface.ports import EntityReader
from chariot.modules.surface.query import PAGE_LIMIT, Compare, Query

RISKS_LIMIT: Final = 50_000
"""So many risks are measured in one round, the highest scores first."""

_log = structlog.get_logger(__name__)


class Reassessor:
    """Keeps scores true to the graph; it writes only those whose points are others now."""

    def __init__(self, store: EntityReader, assessor: Assessor, positions: Positions) -> None:
        self._store = store
        self._assessor = assessor
        self._positions = positions

    async def tick(self, organisation: Organisation) -> int:
        """Measure and score the unresolved risks; return how many were looked at.

        Raises:
            UnavailableError: the graph does not answer; the scores stay as they are.
        """
        # Read whole before anything is written: a score that moves must not hide another from the walk.
        targets = await self._unresolved(organisation)
        measured: dict[Key, Standing] = {}
        keys = list(targets)
        for start in range(0, len(keys), RISKS_AT_ONCE):
            some = keys[start : start + RISKS_AT_ONCE]
            fresh = sorted({targets[key] for key in some} - measured.keys())
            measured |= await self._positions.of(organisation, fresh) if fresh else {}
            await self._assessor.assess(organisation, some, measured)
        return len(keys)

    async def _unresolved(self, organisation: Organisation) -> dict[Key, Key]:
        """Return the target of each unresolved risk, the highest scores first."""
        states = Compare("state", "=", tuple(sorted(state.value for state in UNRESOLVED)))
        found: dict[Key, Key] = {}
        cursor = ""
        while True:
            query = Query(kinds=(Risk.kind,), where=states, sort="-score", limit=PAGE_LIMIT, cursor=cursor)
            page = await self._store.find(organisation, query)
            found |= {
                record.key: Key(record.entity.target)
                for record in page.items
                if isinstance(record.entity, Risk)
            }
            cursor = page.cursor
            if not cursor:
                return found
            if len(found) >= RISKS_LIMIT:
                _log.warning("too_many_risks", organisation=organisation, limit=RISKS_LIMIT)
                return found
