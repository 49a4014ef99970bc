"""How sightings merge: idempotent, and the same whatever the order in which they arrive.

Beside each entity stands when it was first and last seen. A field's stamp is when it was last stated; stamps
that equal `visited_us` (for a keep-first field: `first_seen_us`) are not kept. That makes the common case
free: a sighting that states everything again moves `visited_us` alone, and with it each stamp.
"""

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any

import msgspec

from chariot.model.base import Entity, FieldSpec
from chariot.model.fields import Merge
from chariot.model.keys import Key
from chariot.model.records import Op
from chariot.model.registry import entity_decoder, entity_encoder
from chariot.model.states import Source, Status, Surface
from chariot.modules.surface.facts import Fact, facts_of
from chariot.modules.surface.states import Common, EntityWrite, Presence, Stored, is_withdrawn

_common_decoder = msgspec.json.Decoder(Common)
_stamps_decoder = msgspec.json.Decoder(dict[str, int])
_encode = msgspec.json.Encoder(order="deterministic").encode
_SOURCES = list(Source)
_SURFACES = list(Surface)
_KEPT_AS_IT_IS = frozenset({Status.EXCLUDED.value, Status.FROZEN.value})
_COMES_BACK = frozenset({Status.GONE.value, Status.STALE.value})
_ACTIVE = Status.ACTIVE.value
_CREATED = Op.CREATED  # asked for with every item that is new; to look up a member of an enum takes a call


class Sighting(msgspec.Struct, frozen=True, gc=False):
    """Who saw, when, and what is common to the batch."""

    capability: str
    seen_us: int
    common: Common
    common_doc: str
    """`common` as a store keeps it."""
    is_conclusion: bool = False
    """Nobody looked: it follows from what is known, so it moves no last sighting, and brings nothing back."""


def sighting(capability: str, seen_us: int, common: Common) -> Sighting:
    """Return the frame of a batch, with its common fields encoded once for all its entities."""
    return Sighting(capability, seen_us, common, common_doc(common))


def common_doc(common: Common) -> str:
    """Return *common* as a store keeps it."""
    return _encode(common).decode()


def read_common(doc: str) -> Common:
    """Return what `common_doc` wrote."""
    return _common_decoder.decode(doc)


def entity_doc(entity: Entity) -> str:
    """Return the canonical JSON of an entity's facts."""
    return entity_encoder.encode(entity).decode()


def join_origins(origins: str, name: str) -> str:
    """Return *origins* with *name* in its sorted place."""
    if origins == name:
        return origins
    names = origins.split(",") if origins else []
    return origins if name in names else ",".join(sorted([*names, name]))


def undecided(entity: Entity) -> Entity:
    """Return *entity* with what only a person decides left at its default: a sighting cannot say it."""
    if not entity.decisions:
        return entity
    decided, defaults = _decided(type(entity))
    if decided(entity) == defaults:
        return entity
    stated = {
        name: default
        for name, default in entity.decisions
        if getattr(entity, name) is not default and getattr(entity, name) != default
    }
    return msgspec.structs.replace(entity, **stated) if stated else entity


@cache
def _decided(cls: type[Entity]) -> tuple[Callable[[Entity], Any], Any]:
    """Return what reads all that only a person decides about a kind at once, and its defaults."""
    names = [name for name, _ in cls.decisions]
    defaults = tuple(default for _, default in cls.decisions)
    return attrgetter(*names), defaults if len(names) > 1 else defaults[0]


def see(stored: Stored | None, key: Key, entity: Entity, doc: str, by: Sighting) -> EntityWrite | Presence:
    """Return what a sighting does: a version where something differs, else that it was there.

    *entity* is `undecided`, and *doc* is its `entity_doc`.

    Raises:
        ValueError: the merged entity would not be valid (a set grew past its limit), or it is a conclusion about
            what is not there.
    """
    if stored is None or is_withdrawn(stored):
        if by.is_conclusion:
            raise ValueError("is not there, and nothing is concluded about it")
        return see_first(stored, key, entity.kind, facts_of(entity), doc, by)
    return see_again(stored, key, doc, by) or _Merger(stored, by).merge(key, entity)


def see_first(
    stored: Stored | None, key: Key, kind: str, facts: tuple[Fact, ...], doc: str, by: Sighting
) -> EntityWrite:
    """Return what the first sighting of something does, or the first after all others were taken back."""
    return EntityWrite(
        key,
        kind,
        1 if stored is None else stored.revision + 1,
        _CREATED if stored is None else Op.RETURNED,
        _ACTIVE,
        facts,
        doc,
        by.common_doc,
        "" if stored is None else "status",
        by.capability,
        "",
        Presence(key, by.seen_us, by.seen_us, by.capability, ""),
    )


def see_again(stored: Stored, key: Key, doc: str, by: Sighting) -> Presence | None:
    """Return what a newer sighting of nothing but the same does; None where it takes a closer look.

    *doc* may be as it came: what equals a canonical form to the letter is one, so it was checked when it was stored.
    """
    if (
        doc != stored.doc
        or stored.stamps
        or by.seen_us < stored.visited_us
        or by.is_conclusion
        or stored.status != _ACTIVE
        or stored.common != by.common_doc
    ):
        return None
    return Presence(key, stored.first_seen_us, by.seen_us, join_origins(stored.origins, by.capability), "")


class _Merger:
    """One merge of one sighting into one stored entity."""

    def __init__(self, stored: Stored, by: Sighting) -> None:
        self._stored = stored
        self._by = by
        self._common = read_common(stored.common)
        self._old_stamps = _stamps_decoder.decode(stored.stamps) if stored.stamps else {}
        self._first_us = min(stored.first_seen_us, by.seen_us)
        self._visited_us = stored.visited_us if by.is_conclusion else max(stored.visited_us, by.seen_us)
        self._stamps: dict[str, int] = {}
        self._listens = stored.status not in _KEPT_AS_IT_IS

    def merge(self, key: Key, entity: Entity) -> EntityWrite | Presence:
        stored, by = self._stored, self._by
        current = entity_decoder.decode(stored.doc)
        values = {
            spec.name: self._field(spec, getattr(current, spec.name), getattr(entity, spec.name))
            for spec in entity.specs
            if not spec.mark.identity
        }
        tags = self._merge_tags()
        presence = Presence(
            key,
            self._first_us,
            self._visited_us,
            join_origins(stored.origins, by.capability),
            _encode(self._stamps).decode() if self._stamps else "",
        )
        if not self._listens:
            return presence
        merged, decided = self._reopened(msgspec.structs.replace(current, **values))
        common = Common(
            source=min(self._common.source, by.common.source, key=_SOURCES.index),
            surface=min(self._common.surface, by.common.surface, key=_SURFACES.index),
            tags=tags,
            decided=decided,
        )
        return self._write(key, current, merged, common, presence)

    def _write(
        self, key: Key, current: Entity, merged: Entity, common: Common, presence: Presence
    ) -> EntityWrite | Presence:
        stored = self._stored
        back = stored.status in _COMES_BACK and self._is_seen_after(stored.visited_us)
        fields = [
            spec.name for spec in merged.specs if getattr(merged, spec.name) != getattr(current, spec.name)
        ]
        fields += [
            name
            for name in ("source", "surface", "tags")
            if getattr(common, name) != getattr(self._common, name)
        ]
        if back:
            fields.append("status")
            # Seen again is seen again, even if a person said it was gone; from here on it expires by silence.
            decided = {name: at_us for name, at_us in common.decided.items() if name != "status"}
            common = msgspec.structs.replace(common, decided=decided)
        if not fields:
            return presence
        return EntityWrite(
            key,
            merged.kind,
            stored.revision + 1,
            Op.RETURNED if back else Op.UPDATED,
            _ACTIVE if back else stored.status,
            facts_of(merged),
            entity_doc(merged),
            common_doc(common),
            ",".join(fields),
            self._by.capability,
            "",
            presence,
        )

    def _reopened(self, merged: Entity) -> tuple[Entity, dict[str, int]]:
        """Return the entity and its decisions after a sighting newer than the decision about its state."""
        decided = self._common.decided
        if "state" not in decided or not self._is_seen_after(decided["state"]):
            return merged, decided
        again = merged.sighted_again()
        if again is merged:
            return merged, decided
        undone = {
            spec.name for spec in merged.specs if getattr(again, spec.name) != getattr(merged, spec.name)
        }
        return again, {name: at_us for name, at_us in decided.items() if name not in undone}

    def _is_seen_after(self, moment_us: int) -> bool:
        return not self._by.is_conclusion and self._by.seen_us > moment_us

    def _field(self, spec: FieldSpec, current: Any, stated: Any) -> Any:
        rule = spec.mark.merge
        if rule is Merge.DECISION or rule is Merge.DERIVED or spec.name in self._common.decided:
            return current
        if rule is Merge.UNION:
            return _union(current, stated) if self._listens else current
        if rule is Merge.FIRST:
            return self._first(spec, current, stated)
        if rule is Merge.REPLACE:
            return self._newest(spec.name, current, stated, silent=False, unstated=False)
        nothing = None if rule is Merge.CLEARABLE else spec.default
        return self._newest(spec.name, current, stated, silent=stated == nothing, unstated=current == nothing)

    def _newest(self, label: str, current: Any, stated: Any, *, silent: bool, unstated: bool) -> Any:
        """Return the value whose statement is newest, and keep when that was.

        *silent*: this sighting does not state the field; *unstated*: no sighting did before. Of two statements
        at the same instant the one that encodes later wins, so their order of arrival does not matter.
        """
        if silent and unstated:
            return current
        stamp = self._old_stamps.get(label, self._stored.visited_us)
        value, at_us = current, stamp
        if not silent and self._listens:
            seen_us = self._by.seen_us
            if unstated:
                value, at_us = stated, seen_us
            elif stated == current:
                at_us = max(stamp, seen_us)
            elif seen_us > stamp or (seen_us == stamp and _encode(stated) > _encode(current)):
                value, at_us = stated, seen_us
        if at_us != self._visited_us:
            self._stamps[label] = at_us
        return value

    def _first(self, spec: FieldSpec, current: Any, stated: Any) -> Any:
        if current == spec.default and stated == spec.default:
            return current
        stamp = self._old_stamps.get(spec.name, self._stored.first_seen_us)
        value, at_us = current, stamp
        if stated != spec.default and self._listens:
            seen_us = self._by.seen_us
            if current == spec.default:
                value, at_us = stated, seen_us
            elif stated == current:
                at_us = min(stamp, seen_us)
            elif seen_us < stamp or (seen_us == stamp and _encode(stated) < _encode(current)):
                value, at_us = stated, seen_us
        if at_us != self._first_us:
            self._stamps[spec.name] = at_us
        return value

    def _merge_tags(self) -> dict[str, str]:
        tags = dict(self._common.tags)
        for label in sorted({*tags, *self._by.common.tags}):
            name = f"tag:{label}"
            if name in self._common.decided:
                continue
            current, stated = tags.get(label), self._by.common.tags.get(label)
            value = self._newest(name, current, stated, silent=stated is None, unstated=current is None)
            if value is not None:
                tags[label] = value
        return dict(sorted(tags.items()))


def _union(current: Any, stated: Any) -> Any:
    if isinstance(current, dict):
        return {**stated, **current}
    return tuple(sorted({*current, *stated}))
