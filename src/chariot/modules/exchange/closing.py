"""What a file that covers a target no longer has there is closed; where it says nothing, nothing is."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime

from chariot.model.keys import Key, Organisation
from chariot.model.kinds.weakness import Risk
from chariot.model.observations import Edit
from chariot.model.records import Edge, Record
from chariot.model.relationships import RelationshipType
from chariot.model.states import ON_SURFACE, RiskState
from chariot.modules.risk.life import settled
from chariot.modules.surface.ports import EntityReader
from chariot.modules.surface.query import PAGE_LIMIT

CLOSED_AT_ONCE = 500
"""So many risks are closed in one transaction."""
UNRESOLVED = (RiskState.TRIAGE, RiskState.OPEN)


class Gone:
    """Finds the open risks that one tool once reported at covered targets and that its file no longer has."""

    def __init__(
        self, store: EntityReader, organisation: Organisation, tool: str, is_in_file: Callable[[Key], bool]
    ) -> None:
        self._store = store
        self._organisation = organisation
        self._tool = tool
        self._is_in_file = is_in_file

    async def at(self, target: Key, looked_at: datetime) -> Sequence[Record]:
        """Return those at *target* and, where it is an address, at its ports."""
        types = (RelationshipType.HAS_RISK, RelationshipType.HAS_PORT)
        risks: list[Edge] = []
        async for edge in self._edges(target, types):
            if edge.type is RelationshipType.HAS_RISK:
                risks.append(edge)
                continue
            risks += [one async for one in self._edges(edge.target, types[:1])]
        # Most of them are in the file; only the others are worth a look. What somebody saw later than the file was
        # written, the file knows less of. Whoever sees a risk says where; a score, which is newer, does not.
        missing = [
            one.target for one in risks if one.last_seen <= looked_at and not self._is_in_file(one.target)
        ]
        records = await self._store.get(self._organisation, missing) if missing else {}
        return [record for record in records.values() if self._is_gone(record, looked_at)]

    def _is_gone(self, record: Record, looked_at: datetime) -> bool:
        risk = record.entity
        return (
            isinstance(risk, Risk)
            and risk.state in UNRESOLVED
            and record.status in ON_SURFACE
            and self._tool in record.origins
            # What a person opened since stays open.
            and not ("state" in record.decided and record.updated > looked_at)
        )

    async def _edges(self, key: Key, types: Sequence[RelationshipType]) -> AsyncIterator[Edge]:
        cursor = ""
        while True:
            page = await self._store.edges(
                self._organisation, key, direction="out", types=types, limit=PAGE_LIMIT, cursor=cursor
            )
            for edge in page.items:
                if edge.type is RelationshipType.HAS_PORT or self._tool in edge.origins:
                    yield edge
            cursor = page.cursor
            if not cursor:
                return


def closing(record: Record, actor: str, file: str) -> Edit:
    """Return the edit that closes one risk; it holds only if nobody changed the risk meanwhile."""
    risk = record.entity
    target = risk.target if isinstance(risk, Risk) else ""
    return Edit(
        actor=actor,
        why=f"not in {file}, which covers {target}"[:2_000],
        key=record.key,
        fields={
            "state": RiskState.REMEDIATED.value,
            **settled(RiskState.REMEDIATED, f"not in {file}, which covers {target}"),
        },
        if_revision=record.revision,
    )
