"""Chariot's own lossless export (`chariot export --format jsonl`), read as the sightings of another installation."""

from collections.abc import Iterator
from typing import IO

from chariot.format import Format, Parsed, Refused
from chariot.model.checks import shown
from chariot.model.relationships import ENDS
from chariot.model.states import ON_SURFACE
from chariot.modules.exchange.exports.lines import MARK, EntityLine, Placed, read_header, read_lines

_SEEN = frozenset(kind for ends in ENDS.values() for end in ends for kind in end) - {"seed"}
"""What can be seen out there. The rest is the work of one installation, and a seed is a person's word on what may
be scanned: no file says it."""


class ChariotExport(Format):
    """Entities and relationships on the surface become sightings at the moment they were last seen.

    | in the file | here |
    | --- | --- |
    | entities and relationships with their evidence | the same, seen when they were last seen |
    | risks | findings, in triage: a sighting decides nothing |
    | states, reasons, owners and other decisions; tags; origins; first seen | left out: `chariot load` keeps them |
    | seeds, settings, alert rules, jobs | refused: no file decides what is scanned, or says what was |
    | what left the surface or was excluded | refused: seen now, it would be there again |
    | vulnerabilities that all organisations share | refused: they come from feeds, or with a restore |
    """

    name = "chariot"
    title = "Chariot JSON Lines export"
    example = "chariot export --format jsonl surface.jsonl"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        return 100 if head.startswith(MARK) else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        read_header(stream)
        told: set[int] = set()
        for item in read_lines(stream):
            sighting = _sighting(item) if isinstance(item, Placed) else item
            if isinstance(sighting, Parsed):
                sighting = _joined(sighting, told)
            yield sighting


def _joined(sighting: Parsed, told: set[int]) -> Parsed | Refused:
    """Return *sighting*, refused where it joins what was not told; hashes are kept, keys would fill the memory."""
    told.update(hash(entity.key) for entity in sighting.entities)
    for relationship in sighting.relationships:
        for end in (relationship.source, relationship.target):
            if hash(end) not in told:
                return Refused(sighting.place, f"its end {shown(end, 200)} was refused or is not there")
    return sighting


def _sighting(item: Placed) -> Parsed | Refused:
    line = item.line
    if not isinstance(line, EntityLine):
        return Parsed(item.place, (), (line.relationship,), 0, line.last_seen)
    if line.entity.kind not in _SEEN:
        return Refused(item.place, f"a {line.entity.kind} is nothing that was seen: `chariot load` brings it")
    if line.shared:
        return Refused(item.place, "is shared by all organisations: feeds or `chariot load` bring it")
    if line.status not in ON_SURFACE:
        return Refused(item.place, f"is {line.status.value}: only `chariot load` keeps that")
    return Parsed(item.place, (line.entity,), (), int(line.entity.kind == "risk"), line.last_seen)
