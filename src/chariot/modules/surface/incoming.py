"""Batches as they come in: JSON, of which each bad item is refused alone, and as little as possible is read.

Most of what a scanner says is known to the letter. So of an entity only the identity is read here; the rest is
read, checked and merged where it differs from what is stored.
"""

from datetime import datetime
from operator import attrgetter

import msgspec

from chariot.errors import InvalidError
from chariot.model.identity import key_in
from chariot.model.observations import BATCH_LIMIT, Observations
from chariot.model.registry import entity_decoder
from chariot.model.relationships import Relationship
from chariot.model.states import Source, Surface
from chariot.modules.surface.decide import Link, Part, Seen, link, seen
from chariot.modules.surface.merge import Sighting, sighting
from chariot.modules.surface.states import Common, Refusal, micros


class _RawBatch(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A batch whose items are still bytes."""

    capability: str
    seen_at: datetime
    entities: list[msgspec.Raw] = []
    relationships: list[msgspec.Raw] = []
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
_batch_decoder = msgspec.json.Decoder(_RawBatch)
_relationship_decoder = msgspec.json.Decoder(Relationship)


def read_batch(data: bytes) -> Incoming:
    """Return the batch that *data*, JSON, states.

    Raises:
        InvalidError: the bytes are not a batch, or one that is too large; the text names the place.
    """
    try:
        raw = _batch_decoder.decode(data)
        frame = Observations(
            capability=raw.capability,
            seen_at=raw.seen_at,
            source=raw.source,
            surface=raw.surface,
            tags=raw.tags,
        )
    except RecursionError:
        raise InvalidError("is nested too deeply", place="batch") from None
    except (msgspec.DecodeError, ValueError) as error:
        raise InvalidError(str(error), place="batch") from None
    check_size(len(raw.entities), len(raw.relationships))
    refused: list[Refusal] = []
    items = _entities(raw.entities, refused)
    relationships = _relationships(raw.relationships, refused)
    return Incoming(frame.seen_at, Part(items, relationships, frame_of(frame)), refused)


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


def _entities(raws: list[msgspec.Raw], refused: list[Refusal]) -> list[Seen]:
    items = []
    for place, raw in enumerate(raws):
        try:
            items.append(Seen(place, key_in(raw), None, str(raw, "utf-8")))
        except _BAD:
            # The whole item says more clearly what is wrong with it.
            try:
                items.append(seen(place, entity_decoder.decode(raw)))
            except _BAD as error:
                refused.append(Refusal(f"entities[{place}]", str(error)))
    # Sorted keys turn random look-ups in the store into one walk along its index.
    items.sort(key=_by_key)
    return items


def _relationships(raws: list[msgspec.Raw], refused: list[Refusal]) -> list[Link]:
    items = []
    for place, raw in enumerate(raws):
        try:
            items.append(link(place, _relationship_decoder.decode(raw)))
        except _BAD as error:
            refused.append(Refusal(f"relationships[{place}]", str(error)))
    return items
