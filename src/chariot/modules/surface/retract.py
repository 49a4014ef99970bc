"""Taking back: what a traced transaction brought leaves again, what it changed is set back.

Only what nobody newer overwrote is touched, and what others confirmed since stays. What a person decided is
never taken back. Doing it again changes nothing.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from chariot.model.base import Entity, FieldSpec
from chariot.model.fields import Merge
from chariot.model.keys import Key, kind_of
from chariot.model.records import Op
from chariot.model.registry import entity_decoder
from chariot.model.states import Status
from chariot.modules.surface.facts import facts_of
from chariot.modules.surface.merge import common_doc, entity_doc, join_origins, read_common
from chariot.modules.surface.states import (
    Common,
    EdgeId,
    EdgeWrite,
    EntityWrite,
    Presence,
    Stored,
    StoredEdge,
    Writes,
)
from chariot.modules.surface.trace import Touched, TouchedEdge, Trace, Was

_stamps_decoder = msgspec.json.Decoder(dict[str, int])
_encode = msgspec.json.Encoder(order="deterministic").encode
_STAMPED = (Merge.NEWEST, Merge.CLEARABLE, Merge.REPLACE)
_COMMON = ("source", "surface", "tags", "decided")
V = TypeVar("V")


class Facts(msgspec.Struct, frozen=True, gc=False):
    """What a version said: its facts and its status."""

    entity: Entity
    status: str


class Standing(msgspec.Struct, frozen=True):
    """Who else stands for what a trace touched."""

    others: Callable[[Key | EdgeId], Collection[str]] = lambda _: ()
    """Names that other traces, which were not taken back, left on an entity or relationship later on."""
    fallen: Callable[[Key | EdgeId], Collection[str]] = lambda _: ()
    """Names that stood there before, and that were taken back since."""
    undone: Callable[[Key | EdgeId], Sequence["Touched | TouchedEdge"]] = lambda _: ()
    """What the traces that were taken back had done there, newest first."""
    counts: Callable[[str], bool] = lambda _: True
    """Tells whether a name stands for something; those that only tell of what others saw keep nothing."""

    def names(self, origins: str) -> set[str]:
        """Return the names among *origins* that stand for something by themselves."""
        return {one for one in origins.split(",") if one and self.counts(one)}


class Retraction:
    """What happens to the entities and relationships of one trace; call it as the store's `Decide`."""

    def __init__(
        self,
        trace: Trace,
        versions: Mapping[tuple[Key, int], Facts],
        standing: Standing,
        *,
        actor: str,
        why: str,
    ) -> None:
        self._trace = trace
        self._versions = versions
        self._standing = standing
        self._actor = actor
        self._why = why
        self.left: list[Key] = []
        """What left the surface."""
        self.set_back: list[Key] = []
        """What has a value or a state again that it had before."""
        self.kept: list[Key] = []
        """What stays because others confirmed it or decided about it."""
        self.writes = Writes()
        """All that it does."""

    def __call__(self, stored: Mapping[Key, Stored], edges: Mapping[EdgeId, StoredEdge]) -> Writes:
        """Decide what is written."""
        self.left, self.set_back, self.kept = [], [], []
        self.writes = writes = Writes()
        for touched in self._trace.entities:
            held = stored.get(touched.key)
            if held is None or self._trace.capability not in held.origins.split(","):
                continue
            result = self._entity(touched, held)
            if isinstance(result, EntityWrite):
                writes.entities.append(result)
            else:
                writes.presences.append(result)
        for edge in self._trace.edges:
            linked = edges.get(edge.id)
            if linked is not None and self._trace.capability in linked.origins.split(","):
                writes.edges.append(self._edge(edge, linked))
        return writes

    def _entity(self, touched: Touched, held: Stored) -> EntityWrite | Presence:
        key, common = touched.key, read_common(held.common)
        was = self._was(touched)
        before = self._standing.names(was.origins) if was is not None else set()
        others = set(self._standing.others(key))
        own = {self._trace.capability}
        newer = (self._standing.names(held.origins) - before - own) | others
        if not newer and not before and not common.decided:
            return self._leaves(touched, held)
        confirmed = bool(newer) or held.visited_us > touched.visited_us
        if was is None:
            self.kept.append(key)
        # Another trace of the very same moment may have said the same; no stamp tells.
        is_told_apart = not others or held.visited_us > touched.visited_us
        write = (
            self._set_back(touched, held, was, confirmed=confirmed)
            if is_told_apart
            else _Back(entity_decoder.decode(held.doc), held.status, held.common, [], [])
        )
        presence = self._presence(
            touched, held, was, write.reverted, confirmed=confirmed, stays=bool(others & own)
        )
        if not write.fields:
            return presence
        if was is not None:
            self.set_back.append(key)
        return self._version(key, held, write, presence)

    def _was(self, touched: Touched) -> Was | None:
        """Return what was before, without what was taken back since."""
        was = touched.was
        if was is None:
            return None
        for one in self._standing.undone(touched.key):
            if not isinstance(one, Touched) or one.was is None:
                continue
            if was.visited_us == one.visited_us:
                was = msgspec.structs.replace(was, visited_us=one.was.visited_us, stamps=one.was.stamps)
            if was.first_seen_us == one.first_seen_us:
                was = msgspec.structs.replace(was, first_seen_us=one.was.first_seen_us)
        return msgspec.structs.replace(was, origins=_left(was.origins, self._standing.fallen(touched.key)))

    def _edge_was(self, touched: TouchedEdge) -> StoredEdge | None:
        was = touched.was
        if was is None:
            return None
        for one in self._standing.undone(touched.id):
            if not isinstance(one, TouchedEdge) or one.was is None:
                continue
            if was.last_seen_us == one.last_seen_us:
                was = msgspec.structs.replace(
                    was, last_seen_us=one.was.last_seen_us, first_seen_us=one.was.first_seen_us
                )
        return msgspec.structs.replace(was, origins=_left(was.origins, self._standing.fallen(touched.id)))

    def _leaves(self, touched: Touched, held: Stored) -> EntityWrite | Presence:
        presence = Presence(touched.key, held.first_seen_us, held.visited_us, "", "")
        if held.status == Status.GONE.value:
            return presence
        self.left.append(touched.key)
        entity = entity_decoder.decode(held.doc)
        return EntityWrite(
            touched.key, entity.kind, held.revision + 1, Op.GONE, Status.GONE.value, facts_of(entity), held.doc,
            held.common, "status", self._actor, self._why, presence,
        )  # fmt: skip

    def _set_back(self, touched: Touched, held: Stored, was: Was | None, *, confirmed: bool) -> "_Back":
        current = entity_decoder.decode(held.doc)
        after = self._versions.get((touched.key, touched.revision))
        before = None
        if was is not None:
            before = self._versions.get((touched.key, was.revision))
        elif after is not None:
            # Others stand for it: what this trace alone said of it is unsaid.
            before = Facts(_bare(after.entity), after.status)
        if after is None or before is None:
            return _Back(current, held.status, held.common, [], [])
        held_common, common = _common_back(touched, held, was)
        kept = {name for name, at_us in held_common.decided.items() if common.decided.get(name) == at_us}
        stamps = _stamps_decoder.decode(held.stamps) if held.stamps else {}
        reverted = {
            spec.name: getattr(before.entity, spec.name)
            for spec in current.specs
            # What is computed follows from what is set back.
            if spec.mark.merge is not Merge.DERIVED
            and getattr(before.entity, spec.name)
            != getattr(after.entity, spec.name)
            == getattr(current, spec.name)
            and spec.name not in kept
            and (not confirmed or _is_unsaid(spec, stamps.get(spec.name, held.visited_us), touched))
        }
        entity = msgspec.structs.replace(current, **reverted) if reverted else current
        changed = [
            spec.name for spec in current.specs if getattr(entity, spec.name) != getattr(current, spec.name)
        ]
        fields = [*changed, *_common_fields(held_common, common)]
        status = held.status
        if was is not None and not confirmed and before.status != after.status == held.status:
            status = before.status
            fields.append("status")
        return _Back(entity, status, common_doc(common), fields, list(reverted))

    def _presence(
        self,
        touched: Touched,
        held: Stored,
        was: Was | None,
        reverted: list[str],
        *,
        confirmed: bool,
        stays: bool,
    ) -> Presence:
        origins = held.origins
        if not stays:
            origins = _without(origins, self._trace.capability, was.origins if was is not None else "")
        first_us = held.first_seen_us
        if was is not None and not stays and first_us == touched.first_seen_us:
            first_us = was.first_seen_us
        if was is not None and not confirmed and held.visited_us == touched.visited_us:
            # Nobody was there since: all is as it was, to the microsecond.
            return Presence(touched.key, first_us, was.visited_us, origins, was.stamps)
        stamps = _stamps_decoder.decode(held.stamps) if held.stamps else {}
        old = _stamps_decoder.decode(was.stamps) if was is not None and was.stamps else {}
        for name in reverted:
            stamps.pop(name, None)
            if was is not None:
                stamps[name] = old.get(name, was.visited_us)
        return Presence(
            touched.key, first_us, held.visited_us, origins, _encode(stamps).decode() if stamps else ""
        )

    def _version(self, key: Key, held: Stored, back: "_Back", presence: Presence) -> EntityWrite:
        ops = {Status.GONE.value: Op.GONE, Status.STALE.value: Op.STALE}
        op = ops.get(back.status, Op.UPDATED) if back.status != held.status else Op.UPDATED
        return EntityWrite(
            key, kind_of(key), held.revision + 1, op, back.status, facts_of(back.entity), entity_doc(back.entity),
            back.common, ",".join(back.fields), self._actor, self._why, presence,
        )  # fmt: skip

    def _edge(self, touched: TouchedEdge, held: StoredEdge) -> EdgeWrite:
        capability, was = self._trace.capability, self._edge_was(touched)
        before = was.origins if was is not None else ""
        others = set(self._standing.others(touched.id))
        newer = (self._standing.names(held.origins) - self._standing.names(before) - {capability}) | others
        evidence, evidence_us = held.evidence, held.evidence_us
        first_us, last_us, origins, op = held.first_seen_us, held.last_seen_us, held.origins, None
        if not newer and not before:
            origins, op = "", Op.UNLINKED if held.present else None
        else:
            if capability not in others:
                origins = _without(origins, capability, before)
            is_told_apart = not others or held.last_seen_us > touched.last_seen_us
            if is_told_apart and held.evidence_us == touched.evidence_us != (was.evidence_us if was else 0):
                evidence, evidence_us = (was.evidence, was.evidence_us) if was is not None else ("", 0)
                op = Op.UPDATED
            if was is not None and not newer and held.last_seen_us == touched.last_seen_us:
                first_us, last_us = was.first_seen_us, was.last_seen_us
                op = Op.UNLINKED if held.present and not was.present else op
        return EdgeWrite(
            touched.id, op, evidence, self._actor, self._why, first_us, last_us, origins, evidence_us
        )


class _Back(msgspec.Struct, frozen=True):
    """An entity as it shall be, and what differs."""

    entity: Entity
    status: str
    common: str
    fields: list[str]
    reverted: list[str]


def _bare(entity: Entity) -> Any:
    """Return *entity* with nothing but its identity."""
    return msgspec.structs.replace(
        entity, **{spec.name: spec.default for spec in entity.specs if not spec.mark.identity}
    )


def _is_unsaid(spec: FieldSpec, stamp_us: int, touched: Touched) -> bool:
    """Tell whether nobody stated the field since; where no stamp tells, somebody may have."""
    return spec.mark.merge in _STAMPED and stamp_us <= touched.visited_us


def _common_back(touched: Touched, held: Stored, was: Was | None) -> tuple[Common, Common]:
    """Return what all kinds have in common, now and after taking back what nobody changed since."""
    current = read_common(held.common)
    if was is None or not was.common or was.common == touched.common:
        return current, current
    before, after = read_common(was.common), read_common(touched.common)
    if current == after:
        return current, before
    return current, Common(
        source=before.source if current.source == after.source else current.source,
        surface=before.surface if current.surface == after.surface else current.surface,
        tags=_entries_back(before.tags, after.tags, current.tags),
        decided=_entries_back(before.decided, after.decided, current.decided),
    )


def _entries_back(before: Mapping[str, V], after: Mapping[str, V], current: Mapping[str, V]) -> dict[str, V]:
    found = dict(current)
    for name in {*before, *after}:
        if current.get(name) == after.get(name) != before.get(name):
            found.pop(name, None)
            if name in before:
                found[name] = before[name]
    return dict(sorted(found.items()))


def _common_fields(current: Common, before: Common) -> list[str]:
    return [name for name in _COMMON if getattr(current, name) != getattr(before, name)]


def _left(origins: str, fallen: Collection[str]) -> str:
    return ",".join(one for one in origins.split(",") if one and one not in fallen)


def _without(origins: str, name: str, before: str) -> str:
    """Return *origins* without *name*, unless it stood there before."""
    if name in before.split(","):
        return origins
    kept = ""
    for one in origins.split(","):
        if one != name:
            kept = join_origins(kept, one) if one else kept
    return kept
