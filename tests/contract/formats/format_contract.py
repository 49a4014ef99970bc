"""What every format promises, checked on any bytes."""

import io
from pathlib import Path

from chariot.errors import InvalidError
from chariot.format import Format, Parsed, Refused
from chariot.model.base import Entity

SAMPLES = Path(__file__).parents[2] / "unit" / "formats" / "samples"


def sample(name: str) -> bytes:
    """Return one of the small files of our own making."""
    return (SAMPLES / name).read_bytes()


def read(one: Format, data: bytes) -> list[Parsed | Refused]:
    """Return what *data* says; the ends of each relationship must have been told before or with it."""
    told = []
    known: set[str] = set()
    for item in one.parse(io.BytesIO(data)):
        assert isinstance(item, Parsed | Refused)
        assert item.place
        if isinstance(item, Parsed):
            known.update(entity.key for entity in item.entities)
            assert all({edge.source, edge.target} <= known for edge in item.relationships)
        told.append(item)
    return told


def survives(one: Format, data: bytes) -> None:
    """Any bytes give records, or one error that names a place."""
    assert 0 <= one.sniff(data[:8_192]) <= 100
    place = "read to the end"
    try:
        read(one, data)
    except InvalidError as error:
        place = error.place
    assert place


def entities(items: list[Parsed | Refused], kind: str) -> dict[str, Entity]:
    """Return the entities of one kind by key; the last that was said of each."""
    return {
        entity.key: entity
        for item in items
        if isinstance(item, Parsed)
        for entity in item.entities
        if entity.kind == kind
    }


def edges(items: list[Parsed | Refused], kind: str) -> set[tuple[str, str]]:
    """Return both ends of each relationship of one type."""
    return {
        (edge.source, edge.target)
        for item in items
        if isinstance(item, Parsed)
        for edge in item.relationships
        if edge.type.value == kind
    }


def findings(items: list[Parsed | Refused]) -> int:
    """Return how many findings were counted."""
    return sum(item.findings for item in items if isinstance(item, Parsed))


def refusals(items: list[Parsed | Refused]) -> list[Refused]:
    """Return what was refused."""
    return [item for item in items if isinstance(item, Refused)]
