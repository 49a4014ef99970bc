"""JSON Lines, lossless: everything that the surface holds but its history and its secrets."""

from chariot.formats.export.support.json import encode
from chariot.model.keys import SHARED
from chariot.model.records import Edge, Record
from chariot.model.registry import KINDS, UNLISTED
from chariot.model.relationships import Relationship
from chariot.modules.exchange.exports.contract import Exporter, Sink, Written
from chariot.modules.exchange.exports.lines import EndLine, EntityLine, Header, RelationshipLine
from chariot.modules.exchange.exports.source import SECRET_FIELDS, Source


class JsonLines(Exporter):
    """A header, the entities, the relationships, an end: `chariot load` makes the same surface of it."""

    name = "jsonl"
    title = "Chariot JSON Lines, lossless"
    media_type = "application/x-ndjson"
    extension = "jsonl"
    # What an import wrote down to be taken back speaks of revisions, which start again where this is loaded.
    kinds = tuple(kind for kind in KINDS if kind not in UNLISTED | {"import", "importpage"})
    everything = True

    async def write(self, source: Source, sink: Sink) -> Written:
        """See `Exporter.write`."""
        chosen = source.selection
        _write(
            sink,
            Header(
                program=source.program,
                organisation=source.organisation,
                made_at=source.made_at,
                kinds=chosen.kinds,
                filter=chosen.filter,
                as_of=chosen.as_of,
                everything=chosen.everything,
                left_out=SECRET_FIELDS,
            ),
        )
        records = relationships = 0
        async for record in source.records():
            _write(sink, _entity_line(record, shared=record.organisation == SHARED != source.organisation))
            records += 1
        # A relationship stands behind both its ends, so that a reader needs to look back only.
        async for edge in source.edges():
            _write(sink, _relationship_line(edge))
            relationships += 1
        _write(sink, EndLine(entities=records, relationships=relationships))
        return Written(records, relationships)


def _write(sink: Sink, line: object) -> None:
    sink.write(encode(line) + b"\n")


def _entity_line(record: Record, *, shared: bool) -> EntityLine:
    return EntityLine(
        key=record.key,
        entity=record.entity,  # type: ignore[arg-type]  # a record holds an entity of any kind
        status=record.status,
        source=record.source,
        surface=record.surface,
        origins=record.origins,
        tags=record.tags,
        # A read of the past cuts last seen at its moment; first seen may lie behind it only by a late report.
        first_seen=min(record.created, record.visited),
        last_seen=record.visited,
        updated=record.updated,
        revision=record.revision,
        decided=record.decided,
        shared=shared,
    )


def _relationship_line(edge: Edge) -> RelationshipLine:
    return RelationshipLine(
        relationship=Relationship(edge.type, edge.source, edge.target, edge.evidence),
        origins=edge.origins,
        first_seen=edge.first_seen,
        last_seen=edge.last_seen,
    )
