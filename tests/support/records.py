"""Records for tests that need no store."""

from datetime import UTC, datetime

from chariot.model.base import Entity
from chariot.model.keys import Organisation
from chariot.model.records import Record
from chariot.model.states import Source, Status, Surface

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def record(
    entity: Entity, *, tags: dict[str, str] | None = None, surface: Surface = Surface.EXTERNAL
) -> Record:
    """Return *entity* as a store would have it."""
    return Record(
        key=entity.key,
        kind=entity.kind,
        organisation=Organisation("acme"),
        name=entity.name,
        status=Status.ACTIVE,
        source=Source.SEED,
        surface=surface,
        origins=("test",),
        tags=tags or {},
        created=AT,
        visited=AT,
        updated=AT,
        expires=None,
        revision=1,
        decided=(),
        entity=entity,
    )
