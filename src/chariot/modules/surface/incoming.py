"""Batches as they come in: JSON, of which each bad item is refused alone, and as little as possible is checked.

Most of what a scanner says is known to the letter. So of an entity only the identity is checked here; the rest is
checked and merged where it differs from what is stored.
"""

from datetime import datetime
from operator import attrgetter
from typing import Any, Union

import msgspec

from chariot.errors import InvalidError
from chariot.model.drafts import DRAFTS, draft_doc
from chariot.model.observations import BATCH_LIMIT, Observations
from chariot.model.refusals import refused_entity
from chariot.model.registry import SEEN, entity_decoder
from chariot.model.relationships import Relationship
from chariot.model.states import Source, Surface
from chariot.modules.surface.decide import Link, Part, Seen, link, seen
from chariot.modules.surface.merge import Sighting, sighting
from chariot.modules.surface.states import Common, Refusal, micros

_Sighted: Any = Union[tuple(DRAFTS[kind] for kind in SEEN)]  # noqa: UP007 - made of a list


class _RawBatch(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A batch whose items are still bytes."""

    capability: str
    seen_at: datetime
    entities: list[msgspec.Raw] = []
    relationships: list[msgspec.Raw] = []
    source: Source = Source.SEED
    surface: Surface = Surface.EXTERNAL
    tags: dict[str, str] = {}


class _GoodBatch(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A batch whose items are all of the types that they should be."""

    capability: str
    seen_at: datetime
    entities: list[_Sighted] = []
    relationships: list[Relationship] = []
    source: Source = Source.SEED
    surface: Surface = Surface.EXTERNAL
    tags: dict[str, str] = {}


class Incoming(msgspec.Struct, frozen=True):
    """One batch, ready to merge."""

    seen_at: datetime
    part: Part
    refused: list[Refusal]


_BAD = (msgspec.DecodeError, ValueError, RecursionError)
_by_key = attrgetter("key")
_good_decoder = msgspec.json.Decoder(_GoodBatch)
_batch_decoder = msgspec.json.Decoder(_RawBatch)
_draft_decoder = msgspec.json.Decoder(_Sighted)
_relationship_decoder = msgspec.json.Decoder(Relationship)


def read_batch(data: bytes) -> Incoming:
    """Return the batch that *data*, JSON, states.

    Raises:
        InvalidError: the bytes are not a batch, or one that is too large; the text names the place.
    """
    try:
        raw = _decoded(data)
        frame = Observations(
            capability=raw.capability,
            seen_at=raw.seen_at,
            source=raw.source,
            surface=raw.surface,
            tags=raw.tags,
        )
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise refused_entity(error, place="batch") from None
    check_size(len(raw.entities), len(raw.relationships))
    refused: list[Refusal] = []
    if isinstance(raw, _GoodBatch):
        items = _drafts(raw.entities, refused)
        relationships = [link(place, one) for place, one in enumerate(raw.relationships)]
    else:
        items = _entities(raw.entities, refused)
        relationships = _relationships(raw.relationships, refused)
    # Sorted keys turn random look-ups in the store into one walk along its index.
    items.sort(key=_by_key)
    return Incoming(frame.seen_at, Part(items, relationships, frame_of(frame)), refused)


def _decoded(data: bytes) -> _GoodBatch | _RawBatch:
    """Return a batch: all of it read at once where nothing is wrong, else with its items as they came."""
    try:
        return _good_decoder.decode(data)
    except _BAD:
        return _batch_decoder.decode(data)


def check_size(entities: int, relationships: int) -> None:
    """Refuse a batch that is too large.

    Raises:
        InvalidError: it holds more than `BATCH_LIMIT` entities or relationships.
    """
    if max(entities, relationships) > BATCH_LIMIT:
        raise InvalidError(f"holds more than {BATCH_LIMIT:,} items; send several", place="batch")


def frame_of(batch: Observations) -> Sighting:
    """Return what is common to all items of *batch*."""
    common = Common(source=batch.source, surface=batch.surface, tags=dict(sorted(batch.tags.items())))
    return sighting(batch.capability, micros(batch.seen_at), common)


def _drafts(drafts: list[Any], refused: list[Refusal]) -> list[Seen]:
    items: list[Seen] = []
    for place, draft in enumerate(drafts):
        try:
            items.append(Seen(place, draft.make_key(draft), None, draft_doc(draft), None, draft))
        except _BAD:
            # The entity that would be made of it says more clearly what is wrong.
            _whole(place, msgspec.json.encode(draft), items, refused)
    return items


def _entities(raws: list[msgspec.Raw], refused: list[Refusal]) -> list[Seen]:
    items: list[Seen] = []
    for place, raw in enumerate(raws):
        try:
            draft = _draft_decoder.decode(raw)
            items.append(Seen(place, draft.make_key(draft), None, draft_doc(draft), None, draft))
        except _BAD:
            _whole(place, raw, items, refused)
    return items


def _whole(place: int, raw: Any, items: list[Seen], refused: list[Refusal]) -> None:
    try:
        entity = entity_decoder.decode(raw)
        if entity.kind not in SEEN:
            raise ValueError(
                f"a {entity.kind} is not seen but decided: it has operations of its own; reported can be"
                f" {', '.join(SEEN)}"
            )
        items.append(seen(place, entity))
    except _BAD as error:
        refused.append(Refusal(f"entities[{place}]", str(error)))


def _relationships(raws: list[msgspec.Raw], refused: list[Refusal]) -> list[Link]:
    items = []
    for place, raw in enumerate(raws):
        try:
            items.append(link(place, _relationship_decoder.decode(raw)))
        except _BAD as error:
            refused.append(Refusal(f"relationships[{place}]", str(error)))
    return items
