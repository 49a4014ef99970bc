"""What a file says that people decided about its risks becomes decisions, where nobody decided otherwise here."""

from collections.abc import Collection, Mapping
from datetime import datetime

from chariot.format import Decided
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.weakness import Risk
from chariot.model.observations import Edit
from chariot.model.records import Record
from chariot.model.relationships import RelationshipType
from chariot.model.states import RiskState
from chariot.modules.surface.ports import EntityReader


async def seen_since(
    store: EntityReader, organisation: Organisation, wanted: Mapping[Key, Decided]
) -> frozenset[Key]:
    """Return the risks of *wanted* that somebody saw at their target after the file calls them mended.

    Whoever sees a risk says where; its score, which may be newer, is no sighting.
    """
    mended = {
        key: told.at
        for key, told in wanted.items()
        if told.state is RiskState.REMEDIATED and told.at is not None
    }
    if not mended:
        return frozenset()
    types = (RelationshipType.HAS_RISK,)
    pages = await store.edges_of_many(organisation, list(mended), direction="in", types=types)
    return frozenset(
        key for key, page in pages.items() if any(edge.last_seen > mended[key] for edge in page.items)
    )


def decisions(
    records: Mapping[Key, Record],
    wanted: Mapping[Key, Decided],
    seen: Collection[Key],
    actor: str,
    now: datetime,
) -> list[Edit]:
    """Return the edits that make of *records* what the file says was decided; none for those that are so already.

    *seen* are those that were seen since they were called mended, which they are not then.
    """
    return [
        _edit(record, told, actor)
        for key, told in wanted.items()
        if key not in seen and (record := records.get(key)) is not None and _applies(record, told, now)
    ]


def _applies(record: Record, told: Decided, now: datetime) -> bool:
    risk = record.entity
    if not isinstance(risk, Risk):
        return False
    is_so = (risk.state, risk.reason, risk.accepted_until) == (told.state, told.reason, told.until)
    if is_so and "state" in record.decided:
        return False
    # A clock that is ahead must not win against what is decided here from now on.
    return "state" not in record.decided or (told.at is not None and record.updated < told.at <= now)


def _edit(record: Record, told: Decided, actor: str) -> Edit:
    fields = {"state": told.state.value, "reason": told.reason, "accepted_until": told.until}
    return Edit(
        actor=actor,
        why=told.reason or f"{told.state.value} in the file",
        key=record.key,
        fields={name: value for name, value in fields.items() if value is not None},
        if_revision=record.revision,
    )
