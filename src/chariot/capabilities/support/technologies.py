"""Turn fingerprint hits into technologies and what shows them."""

from collections.abc import Iterable, Iterator

from chariot.capabilities.support.reading import storable
from chariot.capability import Found
from chariot.model.evidence import KeyValues
from chariot.model.keys import Key
from chariot.model.relationships import Relationship, RelationshipType
from chariot.modules.discovery.fingerprints.matching import MATCHED_LIMIT, Hit


def technologies(target: Key, hits: Iterable[Hit]) -> Iterator[Found]:
    """Yield each technology of *target* with HAS_TECHNOLOGY and its evidence.

    The evidence holds only the words that matched: times and request numbers around them would make each scan look
    like a change.
    """
    for hit in hits:
        yield hit.technology
        evidence = KeyValues(
            title=f"{hit.technology.name[:150]} at {hit.place}",
            values={
                "rule": hit.rule,
                "place": hit.place,
                "matched": storable(hit.matched, MATCHED_LIMIT),
                "confidence": str(hit.confidence),
            },
        )
        yield Relationship(RelationshipType.HAS_TECHNOLOGY, target, hit.technology.key, (evidence,))
