"""From rows of the database to values of the model."""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec

from chariot.model.evidence import Evidence
from chariot.model.keys import Key, Organisation
from chariot.model.records import Change, Edge, Op, Record, Version
from chariot.model.registry import LIFETIMES, entity_decoder
from chariot.model.relationships import RelationshipType
from chariot.model.states import Status
from chariot.modules.surface.merge import read_common
from chariot.modules.surface.states import instant


def record_columns(whole_key: str) -> str:
    """Return what `record_from` reads, in order; a query may add columns behind them."""
    return (
        f"{whole_key}, k.name, v.status, v.revision, v.valid_from, v.doc, v.common,"
        " p.first_seen, p.visited, p.origins"
    )


RECORD_WIDTH = 10
"""How many columns that is."""

# To call an Enum with a value takes several times as long as to look it up.
_OPS = {op.value: op for op in Op}
_TYPES = {one.value: one for one in RelationshipType}
_moment = lru_cache(256)(instant)
"""Each transaction has one moment, so the changes of a page share few."""
_evidence = msgspec.json.Decoder(tuple[Evidence, ...])


def record_from(row: Any, organisation: Organisation, as_of: datetime | None) -> Record:
    """Return a record from a row of `record_columns`."""
    key, kind, status, revision, valid_from, doc, common_doc, first_seen, visited, origins, *_ = row
    common = read_common(common_doc)
    entity = entity_decoder.decode(doc)
    seen = instant(visited)
    lifetime = LIFETIMES.get(kind)
    return Record(
        key=Key(key),
        kind=kind,
        organisation=organisation,
        name=entity.name,
        status=Status(status),
        source=common.source,
        surface=common.surface,
        origins=_names(origins),
        tags=common.tags,
        created=instant(first_seen),
        visited=seen if as_of is None else min(seen, as_of),
        updated=instant(valid_from),
        expires=_expires(seen, lifetime, decided="status" in common.decided),
        revision=revision,
        decided=tuple(common.decided),
        entity=entity,
    )


def _names(origins: str) -> tuple[str, ...]:
    # What all took back has no origins; splitting an empty text would give one without a name.
    return tuple(origins.split(",")) if origins else ()


def _expires(seen: datetime, lifetime: timedelta | None, *, decided: bool) -> datetime | None:
    return None if lifetime is None or decided else seen + lifetime


def change_from(row: Any) -> Change:
    """Return a change from its columns in the order of the struct."""
    sequence, organisation, at_us, op, key, kind, revision, fields, actor, why, relationship, target = row
    return Change(
        sequence=sequence,
        organisation=Organisation(organisation),
        at=_moment(at_us),
        op=_OPS[op],
        key=Key(key),
        kind=kind,
        revision=revision,
        fields=tuple(fields.split(",")) if fields else (),
        actor=actor,
        why=why,
        relationship=_TYPES[relationship] if relationship else None,
        target=Key(target) if target else None,
    )


def version_from(row: Any) -> Version:
    """Return a version from a change's first ten columns, then status, valid_to, doc and common."""
    change = change_from((*row[:10], None, None))
    status, valid_to, doc, common = row[10:]
    return Version(
        change=change,
        status=Status(status),
        valid_from=change.at,
        valid_to=instant(valid_to) if valid_to is not None else None,
        entity=entity_decoder.decode(doc),
        tags=read_common(common).tags,
    )


def edge_from(row: Any) -> Edge:
    """Return a relationship from type, ends, first and last seen, origins and evidence."""
    kind, source, target, first_seen, last_seen, origins, evidence, *_ = row
    return Edge(
        type=_TYPES[kind],
        source=Key(source),
        target=Key(target),
        first_seen=instant(first_seen),
        last_seen=instant(last_seen),
        origins=_names(origins),
        evidence=_evidence.decode(evidence) if evidence else (),
    )
