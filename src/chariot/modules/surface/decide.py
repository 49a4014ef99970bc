"""Decisions on what is written: whole batches of sightings, edits by people, and what silence does.

Each returns a `Decide`: a pure function that a store calls inside its transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from chariot.errors import ConflictError, InvalidError, NotFoundError
from chariot.model.base import Entity
from chariot.model.drafts import Draft, settled
from chariot.model.fields import Merge
from chariot.model.keys import Key, kind_of
from chariot.model.observations import Edit
from chariot.model.records import Op
from chariot.model.registry import LIFETIMES, entity_decoder, kind_class
from chariot.model.relationships import Relationship, RelationshipType
from chariot.model.states import Status
from chariot.modules.surface.facts import Fact, facts_of
from chariot.modules.surface.merge import (
    Sighting,
    common_doc,
    entity_doc,
    join_origins,
    read_common,
    see,
    see_again,
    see_first,
    undecided,
)
from chariot.modules.surface.states import (
    Common,
    Decide,
    EdgeId,
    EdgeWrite,
    EntityWrite,
    Presence,
    Refusal,
    Stored,
    StoredEdge,
    Writes,
    is_withdrawn,
)

_evidence = msgspec.json.Encoder(order="deterministic").encode
_TYPE_WORDS = {one: one.value for one in RelationshipType}
"""To ask a member of an enum for its value takes a call, and every relationship of a batch does."""


class Seen(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One entity of a batch, ready to merge."""

    place: int
    """Where it stood in its input."""
    key: Key
    entity: Entity | None
    """None while `doc` is that of a draft: most of what is seen is known to the letter, and never checked."""
    doc: str
    facts: tuple[Fact, ...] | None = None
    """Where `doc` was made by `prepared`: the indexed facts, so that nobody reads it again to know them."""
    draft: Draft | None = None


def seen(place: int, entity: Entity) -> Seen:
    """Return an entity of a batch, without what a sighting cannot say."""
    return Seen(place, entity.key, *_stated(entity))


def prepared(place: int, key: Key, entity: Entity) -> Seen:
    """Return an entity of a batch with all that storing it takes, so that it can be passed on as plain values.

    *key* is that of the entity, which whoever gathers a batch has written once.
    """
    stated, doc = _stated(entity)
    return Seen(place, key, None, doc, facts_of(stated))


def _stated(entity: Entity) -> tuple[Entity, str]:
    stated = undecided(entity) if entity.decisions else entity
    return stated, entity_doc(stated)


def edge_id(relationship: Relationship) -> EdgeId:
    """Return what identifies *relationship*."""
    return (relationship.source, _TYPE_WORDS[relationship.type], relationship.target)


class Link(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One relationship of a batch, ready to merge."""

    place: int
    """Where it stood in its input."""
    id: EdgeId
    evidence: str
    """Canonical JSON; empty without any."""


def link(place: int, relationship: Relationship, identity: EdgeId | None = None) -> Link:
    """Return a relationship of a batch; *identity* is its `edge_id`, where that is at hand."""
    evidence = _evidence(relationship.evidence).decode() if relationship.evidence else ""
    return Link(place, identity or edge_id(relationship), evidence)


class Part(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What was seen at one moment."""

    seen: list[Seen]
    links: list[Link]
    by: Sighting


def observe(items: list[Seen], links: list[Link], by: Sighting) -> Decide:
    """Return the decision for one batch; *items* are sorted by key."""
    return observe_parts([Part(items, links, by)])


def observe_parts(parts: Sequence[Part]) -> Decide:
    """Return the decision for what was seen at several moments, as one transaction."""

    def decide(stored: Mapping[Key, Stored], edges: Mapping[EdgeId, StoredEdge]) -> Writes:
        writes = Writes()
        pending: dict[Key, EntityWrite | Presence] = {}
        linked: dict[EdgeId, EdgeWrite] = {}
        for part in parts:
            _merge(part, stored, pending, writes)
        for part in parts:
            _link(part, stored, pending, edges, linked, writes)
        results = pending.values()
        writes.entities += [one for one in results if type(one) is EntityWrite]
        writes.presences += [one for one in results if type(one) is Presence]
        writes.edges.extend(linked.values())
        return writes

    return decide


def _merge(
    part: Part, stored: Mapping[Key, Stored], pending: dict[Key, EntityWrite | Presence], writes: Writes
) -> None:
    by, held = part.by, stored.get
    for item in part.seen:
        key = item.key
        base = held(key)
        before = pending.get(key)
        # A key that comes twice in one batch merges into what its first occurrence wrote.
        now = base if before is None else _as_stored(before, base, by.seen_us)
        try:
            result = _see(now, item, by)
        except (ValueError, msgspec.DecodeError, RecursionError) as error:
            writes.refused.append(Refusal(f"entities[{item.place}]", str(error)))
            continue
        pending[key] = result if before is None else _joined(before, result, base)


def _see(base: Stored | None, item: Seen, by: Sighting) -> EntityWrite | Presence:
    if item.entity is not None:
        return see(base, item.key, item.entity, item.doc, by)
    if base is not None:
        again = see_again(base, item.key, item.doc, by)
        if again is not None:
            return again
    if item.facts is not None and (base is None or is_withdrawn(base)):
        return see_first(base, item.key, kind_of(item.key), item.facts, item.doc, by)
    if base is None and item.draft is not None:
        doc = settled(item.draft, item.doc)
        if doc is not None:
            return see_first(None, item.key, item.draft.kind, facts_of(item.draft), doc, by)
    return see(base, item.key, *_stated(entity_decoder.decode(item.doc)), by)


def _as_stored(before: EntityWrite | Presence, stored: Stored | None, at_us: int) -> Stored:
    if isinstance(before, EntityWrite):
        seen = before.presence
        return Stored(
            before.revision,
            before.status,
            before.doc,
            before.common,
            at_us,
            seen.first_seen_us,
            seen.visited_us,
            seen.origins,
            seen.stamps,
        )
    assert stored is not None
    return msgspec.structs.replace(
        stored,
        first_seen_us=before.first_seen_us,
        visited_us=before.visited_us,
        origins=before.origins,
        stamps=before.stamps,
    )


def _joined(
    before: EntityWrite | Presence, after: EntityWrite | Presence, stored: Stored | None
) -> EntityWrite | Presence:
    """Return one write for two steps: one transaction makes at most one version of an entity."""
    if isinstance(before, Presence):
        return after
    if isinstance(after, Presence):
        return msgspec.structs.replace(before, presence=after)
    fields = ",".join(dict.fromkeys(name for name in f"{before.fields},{after.fields}".split(",") if name))
    return msgspec.structs.replace(
        after,
        revision=before.revision,
        op=before.op if stored is None or before.op is Op.RETURNED else after.op,
        fields="" if stored is None else fields,
    )


def _link(
    part: Part,
    stored: Mapping[Key, Stored],
    pending: Mapping[Key, Any],
    edges: Mapping[EdgeId, StoredEdge],
    linked: dict[EdgeId, EdgeWrite],
    writes: Writes,
) -> None:
    for one in part.links:
        identity, evidence = one.id, one.evidence
        source, _, target = identity
        for end in (source, target):
            if end not in pending and end not in stored:
                refusal = Refusal(f"relationships[{one.place}]", f"no entity has the key {end[:200]}")
                writes.refused.append(refusal)
                break
        else:
            _link_one(identity, evidence, part.by, edges, linked)


def _link_one(
    identity: EdgeId,
    evidence: str,
    by: Sighting,
    edges: Mapping[EdgeId, StoredEdge],
    linked: dict[EdgeId, EdgeWrite],
) -> None:
    earlier = linked.get(identity)
    if earlier is None:
        linked[identity] = _see_edge(identity, evidence, edges.get(identity), by)
    else:
        again = _see_edge(identity, evidence, _as_stored_edge(earlier, edges.get(identity)), by)
        linked[identity] = msgspec.structs.replace(again, op=earlier.op or again.op)


def _as_stored_edge(before: EdgeWrite, stored: StoredEdge | None) -> StoredEdge:
    return StoredEdge(
        before.op is not None or (stored is not None and stored.present),
        before.evidence,
        before.first_seen_us,
        before.last_seen_us,
        before.origins,
        before.evidence_us,
    )


def _see_edge(identity: EdgeId, evidence: str, stored: StoredEdge | None, by: Sighting) -> EdgeWrite:
    stated_us = by.seen_us if evidence else 0
    if stored is None or not (stored.present or stored.origins):
        return EdgeWrite(
            identity, Op.LINKED, evidence, by.capability, "", by.seen_us, by.seen_us, by.capability, stated_us
        )
    first_us = min(stored.first_seen_us, by.seen_us)
    last_us = max(stored.last_seen_us, by.seen_us)
    origins = join_origins(stored.origins, by.capability)
    back = not stored.present and by.seen_us > stored.last_seen_us
    kept, kept_us = stored.evidence, stored.evidence_us
    # The newest statement wins, and of two at one instant the one that encodes later: order does not matter.
    if evidence and (stored.present or back):
        kept_us, kept = max((kept_us, kept), (stated_us, evidence))
    op = Op.LINKED if back else Op.UPDATED if kept != stored.evidence else None
    return EdgeWrite(identity, op, kept, by.capability, "", first_us, last_us, origins, kept_us)


def edit(edits: Iterable[Edit], now_us: int) -> Decide:
    """Return the decision for *edits*: all of them or none.

    Raises (when the store calls it):
        NotFoundError: an edit by key names nothing.
        ConflictError: the entity is not at `if_revision`.
        InvalidError: a field or its value is wrong; the text names it.
    """
    wanted = list(edits)

    def decide(stored: Mapping[Key, Stored], _edges: Mapping[EdgeId, StoredEdge]) -> Writes:
        writes = Writes()
        held: dict[Key, EntityWrite] = {}
        for one in wanted:
            key = one.target
            earlier = held.get(key)
            base = stored.get(key) if earlier is None else _as_stored(earlier, None, now_us)
            write = _edited(base, one, now_us)
            if write is not None:
                held[key] = write if earlier is None else _joined(earlier, write, stored.get(key))  # type: ignore[assignment]  # two versions join to a version
        writes.entities.extend(held.values())
        return writes

    return decide


def _edited(stored: Stored | None, edit: Edit, now_us: int) -> EntityWrite | None:
    key = edit.target
    if stored is None and edit.entity is None:
        raise NotFoundError(f"nothing has the key {key}")
    if edit.if_revision is not None and edit.if_revision != (stored.revision if stored else 0):
        revision = stored.revision if stored else 0
        raise ConflictError(f"{key} is at revision {revision}, not {edit.if_revision}: read it again")
    current = entity_decoder.decode(stored.doc) if stored else None
    changed = _with_fields(current, edit)
    common = read_common(stored.common) if stored else Common()
    old_status = stored.status if stored else Status.ACTIVE.value
    status = edit.status.value if edit.status else (old_status if current else Status.ACTIVE.value)
    if edit.entity is not None and edit.status is None and status in (Status.GONE.value, Status.STALE.value):
        status = Status.ACTIVE.value
    decided = dict(common.decided) | dict.fromkeys(_decided_names(edit, current), now_us)
    tags = {k: v for k, v in (common.tags | edit.tags).items() if v is not None}
    fields = [
        s.name for s in changed.specs if current and getattr(current, s.name) != getattr(changed, s.name)
    ]
    fields += ["tags"] * (tags != common.tags) + ["status"] * (status != old_status)
    if stored and not fields and decided.keys() == common.decided.keys():
        return None
    common = msgspec.structs.replace(
        common, tags=dict(sorted(tags.items())), decided=dict(sorted(decided.items()))
    )
    return _decided_write(stored, changed, status, common, fields, edit, now_us)


def _decided_write(
    stored: Stored | None,
    entity: Entity,
    status: str,
    common: Common,
    fields: list[str],
    edit: Edit,
    now_us: int,
) -> EntityWrite:
    key = edit.target
    return EntityWrite(
        key,
        entity.kind,
        stored.revision + 1 if stored else 1,
        Op.DECIDED if stored else Op.CREATED,
        status,
        facts_of(entity),
        entity_doc(entity),
        common_doc(common),
        ",".join(fields),
        edit.actor,
        edit.why,
        Presence(
            key,
            stored.first_seen_us if stored else now_us,
            stored.visited_us if stored else now_us,
            # Origins are joined by commas; the change keeps the actor to the letter.
            join_origins(stored.origins if stored else "", edit.actor.replace(",", ";")),
            stored.stamps if stored else "",
        ),
    )


def _decided_names(edit: Edit, current: Entity | None) -> list[str]:
    """Return what this edit decides: its fields, its tags, and that the thing is there at all."""
    names = [*edit.fields, *(f"tag:{label}" for label in edit.tags)]
    if edit.entity is not None:
        names += [
            s.name
            for s in edit.entity.specs
            if not s.mark.identity
            and s.mark.merge is not Merge.DERIVED
            and getattr(edit.entity, s.name) != s.default
        ]
    if edit.status is not None or current is None:
        names.append("status")
    return names


def _with_fields(current: Entity | None, edit: Edit) -> Entity:
    if edit.entity is not None:
        if current is None:
            base = edit.entity
        else:
            stated = {
                s.name: getattr(edit.entity, s.name)
                for s in edit.entity.specs
                if getattr(edit.entity, s.name) != s.default
            }
            base = msgspec.structs.replace(current, **stated)
    else:
        assert current is not None
        base = current
    return replaced(base, edit.fields) if edit.fields else base


def replaced(entity: Entity, fields: Mapping[str, Any]) -> Entity:
    """Return *entity* with *fields*, given as JSON-like values, in place of its own.

    Raises:
        InvalidError: there is no such field, it is part of the key, or the value is wrong.
    """
    specs = {spec.name: spec for spec in entity.specs}
    for name in fields:
        if name not in specs:
            raise InvalidError(
                f"a {entity.kind} has no such field; it has {', '.join(specs)}", place=name[:80]
            )
        if specs[name].mark.identity:
            raise InvalidError("is part of the key and cannot be changed", place=name)
        if specs[name].mark.merge is Merge.DERIVED:
            raise InvalidError("is computed from the other fields and cannot be changed", place=name)
    values = msgspec.to_builtins(entity, str_keys=True) | {
        name: msgspec.to_builtins(value, str_keys=True) for name, value in fields.items()
    }
    try:
        return msgspec.convert(values, kind_class(entity.kind), strict=False)
    except msgspec.ValidationError as error:
        raise InvalidError(str(error), place=entity.key) from None


def silence(now_us: int, grace: timedelta, keys: Iterable[Key]) -> Decide:
    """Return the decision for entities that nobody confirmed in time: stale first, gone after *grace*."""
    wanted = list(keys)
    grace_us = int(grace.total_seconds() * 1_000_000)

    def decide(stored: Mapping[Key, Stored], _edges: Mapping[EdgeId, StoredEdge]) -> Writes:
        writes = Writes()
        for key in wanted:
            held = stored.get(key)
            lifetime = LIFETIMES.get(kind_of(key))
            if held is None or lifetime is None or "status" in read_common(held.common).decided:
                continue
            silent_us = now_us - held.visited_us - int(lifetime.total_seconds() * 1_000_000)
            if held.status in (Status.ACTIVE.value, Status.PENDING.value) and silent_us > 0:
                writes.entities.append(_faded(key, held, Status.STALE, Op.STALE, lifetime))
            elif held.status == Status.STALE.value and silent_us > grace_us:
                writes.entities.append(_faded(key, held, Status.GONE, Op.GONE, lifetime))
        return writes

    return decide


def _faded(key: Key, held: Stored, status: Status, op: Op, lifetime: timedelta) -> EntityWrite:
    return EntityWrite(
        key,
        kind_of(key),
        held.revision + 1,
        op,
        status.value,
        facts_of(entity_decoder.decode(held.doc)),
        held.doc,
        held.common,
        "status",
        "expiry",
        f"not confirmed for {lifetime.days} days",
        Presence(key, held.first_seen_us, held.visited_us, held.origins, held.stamps),
    )
