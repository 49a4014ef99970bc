"""Chariot's own lossless export (`chariot export --format jsonl`), read as the sightings of another installation."""

from collections.abc import Iterator
from typing import IO

from chariot.format import Format, Parsed, Refused
from chariot.model.states import ON_SURFACE
from chariot.modules.exchange.exports.lines import MARK, EntityLine, Placed, read_header, read_lines

_PEOPLES = frozenset({"seed", "setting", "alertrule"})
"""What only a person of this installation decides: a file must not widen what is scanned."""


class ChariotExport(Format):
    """Entities and relationships on the surface become sightings at the moment they were last seen.

    | in the file | here |
    | --- | --- |
    | entities and relationships with their evidence | the same, seen when they were last seen |
    | risks | findings, in triage: a sighting decides nothing |
    | states, reasons, owners and other decisions; tags; origins; first seen | left out: `chariot load` keeps them |
    | seeds, settings, alert rules | refused: a file must not decide what is scanned |
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
        for item in read_lines(stream):
            yield _sighting(item) if isinstance(item, Placed) else item


def _sighting(item: Placed) -> Parsed | Refused:
    line = item.line
    if not isinstance(line, EntityLine):
        return Parsed(item.place, (), (line.relationship,), 0, line.last_seen)
    if line.entity.kind in _PEOPLES:
        return Refused(item.place, f"a {line.entity.kind} is a person's decision: `chariot load` brings it")
    if line.shared:
        return Refused(item.place, "is shared by all organisations: feeds or `chariot load` bring it")
    if line.status not in ON_SURFACE:
        return Refused(item.place, f"is {line.status.value}: only `chariot load` keeps that")
    return Parsed(item.place, (line.entity,), (), int(line.entity.kind == "risk"), line.last_seen)
