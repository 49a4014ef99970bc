"""What is said about the world: observations (somebody saw it) and edits (somebody decided it)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from chariot.model import checks
from chariot.model.base import Entity
from chariot.model.keys import Key
from chariot.model.registry import AnyEntity
from chariot.model.relationships import Relationship
from chariot.model.states import Source, Status, Surface

BATCH_LIMIT = 50_000
"""The most entities, and the most relationships, that one batch may hold."""


class Observations(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One batch of sightings: what one capability saw at one moment. It lands whole, in one transaction."""

    capability: str
    """Which capability or importer saw it."""
    seen_at: datetime
    """When, aware UTC."""
    entities: tuple[AnyEntity, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    source: Source = Source.SEED
    surface: Surface = Surface.EXTERNAL
    tags: dict[str, str] = {}

    def __post_init__(self) -> None:
        _checked("capability", checks.slug, self.capability)
        if self.seen_at is None:
            raise ValueError("seen_at: a batch says when it was seen")
        msgspec.structs.force_setattr(self, "seen_at", _checked("seen_at", checks.utc, self.seen_at))
        for label, value in self.tags.items():
            _checked("tags", checks.slug, label)
            _checked("tags", checks.line, value)


def _checked(field: str, check: Callable[[Any], Any], value: Any) -> Any:
    """Return what *check* makes of *value*; what it refuses is told with the name of the field."""
    try:
        return check(value)
    except ValueError as error:
        raise ValueError(f"{field}: {error}") from None


class Edit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One decision about one entity: overwrites, and is recorded with who and why.

    Exactly one of `entity` (create it if it is not there, else set its stated fields) and `key` is given.
    """

    actor: str
    why: str = ""
    entity: Entity | None = None
    key: Key | None = None
    fields: dict[str, Any] = {}
    """New values by field name, as JSON-like values; checked against the kind."""
    status: Status | None = None
    tags: dict[str, str | None] = {}
    """Tags to set; None removes one."""
    if_revision: int | None = None
    """Refuse with a conflict when the entity is not at this revision."""

    def __post_init__(self) -> None:
        checks.filled(self.actor)
        if (self.entity is None) == (self.key is None):
            raise ValueError("an edit names either an entity or a key")
        for label, value in self.tags.items():
            checks.slug(label)
            checks.line(value or "")

    @property
    def target(self) -> Key:
        """The key that the edit is about."""
        return self.entity.key if self.entity is not None else Key(self.key or "")
