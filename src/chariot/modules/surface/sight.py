"""What somebody may see of an organisation's surface: rules, and the check of one record against them.

How things are now decides, whatever moment is asked about: who loses sight of an asset loses its history too. What is
about something (a risk, a comment, an attribute) is seen by who sees that. Stores compile the same rules into their
queries; the tests hold both to the same answers.
"""

from collections.abc import Mapping

import msgspec

from chariot.model.base import Entity
from chariot.model.keys import SHARED, Key, kind_of
from chariot.model.kinds.weakness import Risk
from chariot.model.records import Record
from chariot.model.states import Severity
from chariot.modules.surface.places import FOLLOWED, place_of, root_of

SEVERITIES: Mapping[Severity, int] = {severity: place for place, severity in enumerate(Severity)}
"""The order of severities; the higher, the worse."""
_RISKS = b"#risk#"


class Rule(msgspec.Struct, frozen=True):
    """What is seen: all of the parts must hold; a part that is empty holds for everything."""

    kinds: tuple[str, ...] = ()
    """The kind of the thing, or of what it is about, is one of these."""
    tags: tuple[tuple[str, str], ...] = ()
    """The asset bears one of these; an empty value is any value."""
    places: tuple[str, ...] = ()
    """It lies in one of these; see `places`."""
    highest: Severity | None = None
    """Risks are shown up to this one. One whose severity is not known is not, and nothing that is about a risk."""

    @property
    def is_everything(self) -> bool:
        """True for a rule that hides nothing."""
        return not (self.kinds or self.tags or self.places or self.highest)


Sight = tuple[Rule, ...]
"""What one of the rules shows is seen; without a rule nothing is. None, where it may stand, is everything."""


def is_about_a_risk(key: Key) -> bool:
    """Tell whether *key* is of something that is about a risk."""
    return kind_of(key) != "risk" and _RISKS in key.encode("utf-8", "surrogatepass").lower()


def sees_places(sight: Sight | None) -> bool:
    """Tell whether *sight* looks at where things are."""
    return sight is not None and any(rule.places for rule in sight)


def needs_tags(sight: Sight | None) -> bool:
    """Tell whether `shows` looks at tags."""
    return sight is not None and any(rule.tags for rule in sight)


def shows(sight: Sight | None, record: Record, tags: Mapping[str, str] | None) -> bool:
    """Tell whether *sight* shows *record*, as it is now.

    *tags* are those of the asset at the bottom (`root_of`), None when the organisation has no such asset.
    """
    return record.organisation == SHARED or shows_entity(sight, record.key, record.entity, tags)


def shows_entity(sight: Sight | None, key: Key, entity: Entity, tags: Mapping[str, str] | None) -> bool:
    """Tell whether *sight* shows *entity*; see `shows`."""
    if sight is None:
        return True
    return any(_holds(rule, key, entity, tags) for rule in sight)


def asset_of(entity: Entity) -> Key:
    """Return the key of the asset that *entity* is, or is about in the end."""
    about = FOLLOWED[entity.kind]
    return root_of(getattr(entity, about)) if about else entity.key


def _holds(rule: Rule, key: Key, entity: Entity, tags: Mapping[str, str] | None) -> bool:
    if rule.kinds and entity.kind not in rule.kinds and not _is_about(rule.kinds, entity):
        return False
    if rule.places and not _lies_in(rule.places, entity):
        return False
    if rule.highest is not None and not _is_mild(rule.highest, key, entity):
        return False
    return not rule.tags or _bears(rule.tags, tags)


def _is_about(kinds: tuple[str, ...], entity: Entity) -> bool:
    root = kind_of(asset_of(entity))
    return root in kinds and not FOLLOWED[root]


def _lies_in(places: tuple[str, ...], entity: Entity) -> bool:
    asset = asset_of(entity)
    place = None if FOLLOWED.get(kind_of(asset)) else place_of(asset)
    return place is not None and place.startswith(places)


def _is_mild(highest: Severity, key: Key, entity: Entity) -> bool:
    if isinstance(entity, Risk):
        return entity.severity is not None and SEVERITIES[entity.severity] <= SEVERITIES[highest]
    return not is_about_a_risk(key)


def _bears(wanted: tuple[tuple[str, str], ...], tags: Mapping[str, str] | None) -> bool:
    if tags is None:
        return False
    return any(label in tags and value in ("", tags[label]) for label, value in wanted)
