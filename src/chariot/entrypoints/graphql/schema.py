"""The schema, made from the declarations of the kinds and of their relationships.

`python -m chariot.entrypoints.graphql.schema FILE` writes it; with `--check` it compares and writes nothing.
"""

import argparse
import sys
from collections.abc import Callable
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    print_schema,
)

from chariot.entrypoints.graphql import graph, reading, writing
from chariot.entrypoints.graphql.context import Node
from chariot.entrypoints.graphql.scalars import BOOLEAN, DATE_TIME, ID, JSON, LONG, STRING, STRINGS, Types
from chariot.entrypoints.rest.shapes import plural
from chariot.model.base import Entity
from chariot.model.records import Op
from chariot.model.registry import GROUPS, KINDS, UNLISTED
from chariot.model.relationships import ENDS, RelationshipType
from chariot.model.states import Decision, Depth, RiskState, Source, Status, Surface

_PAGED = {
    "first": GraphQLArgument(GraphQLInt, description="The most items, 1 to 100; 20 unless it is said"),
    "after": GraphQLArgument(GraphQLString, description="`cursor` of the page before"),
}
_AS_OF = {"as_of": GraphQLArgument(GraphQLString, description="Read as it was at this instant, ISO 8601")}
_WHY = GraphQLArgument(GraphQLString, default_value="", description="Why; kept in history")


def _of_record(name: str) -> Callable[[Node, Any], Any]:
    get = attrgetter(name)
    return lambda node, _: get(node.record)


def _of_facts(name: str) -> Callable[[Node, Any], Any]:
    return lambda node, _: node.facts[name]


def _tags(node: Node, _: Any) -> list[dict[str, str]]:
    return [{"label": label, "value": value} for label, value in sorted(node.record.tags.items())]


class _Builder:
    """Makes each type once."""

    def __init__(self) -> None:
        self.types = Types()
        self.tag = GraphQLObjectType("Tag", {"label": GraphQLField(STRING), "value": GraphQLField(STRING)})
        self.entity = GraphQLInterfaceType(
            "Entity",
            self._common,
            resolve_type=lambda node, *_: KINDS[node.record.kind].__name__,
            description="What every kind has.",
        )
        self.edges = self._page("RelationshipList", self._edge(), nodes="edges")
        self.versions = self._page("VersionList", self._version())
        self.kinds = {kind: self._kind(kind, cls) for kind, cls in KINDS.items()}

    def schema(self) -> GraphQLSchema:
        """Return the whole."""
        query = GraphQLObjectType("Query", self._queries())
        mutation = GraphQLObjectType("Mutation", self._mutations())
        return GraphQLSchema(query, mutation, types=list(self.kinds.values()))

    def _page(self, name: str, of: Any, *, nodes: str = "nodes") -> GraphQLObjectType:
        return GraphQLObjectType(
            name,
            {
                nodes: GraphQLField(GraphQLNonNull(GraphQLList(GraphQLNonNull(of)))),
                "cursor": GraphQLField(GraphQLString, description="Begins the next page; null at the end"),
                "has_more": GraphQLField(BOOLEAN),
            },
        )

    def _common(self) -> dict[str, GraphQLField]:
        enum = self.types.enum
        plain: dict[str, Any] = {
            "key": ID,
            "kind": STRING,
            "name": STRING,
            "status": GraphQLNonNull(enum(Status)),
            "source": GraphQLNonNull(enum(Source)),
            "surface": GraphQLNonNull(enum(Surface)),
            "origins": STRINGS,
            "created": GraphQLNonNull(DATE_TIME),
            "visited": GraphQLNonNull(DATE_TIME),
            "updated": GraphQLNonNull(DATE_TIME),
            "expires": DATE_TIME,
            "revision": GraphQLNonNull(LONG),
            "decided": STRINGS,
        }
        fields = {name: GraphQLField(of, resolve=_of_record(name)) for name, of in plain.items()}
        tags = GraphQLNonNull(GraphQLList(GraphQLNonNull(self.tag)))
        types = GraphQLList(GraphQLNonNull(enum(RelationshipType)))
        return fields | {
            "tags": GraphQLField(tags, resolve=_tags),
            "relationships": GraphQLField(
                GraphQLNonNull(self.edges),
                {
                    **_PAGED,
                    "types": GraphQLArgument(types),
                    "incoming": GraphQLArgument(GraphQLBoolean, default_value=False),
                },
                resolve=reading.relationships(),
            ),
            "history": GraphQLField(
                GraphQLNonNull(self.versions), _PAGED, resolve=reading.history, description="Newest first"
            ),
        }

    def _edge(self) -> GraphQLObjectType:
        def of_edge(name: str) -> Callable[[Any, Any], Any]:
            get = attrgetter(name)
            return lambda connected, _: get(connected.edge)

        plain: dict[str, Any] = {
            "type": GraphQLNonNull(self.types.enum(RelationshipType)),
            "source": ID,
            "target": ID,
            "first_seen": GraphQLNonNull(DATE_TIME),
            "last_seen": GraphQLNonNull(DATE_TIME),
            "origins": STRINGS,
            "evidence": JSON,
        }
        return GraphQLObjectType(
            "Relationship",
            lambda: {
                **{name: GraphQLField(of, resolve=of_edge(name)) for name, of in plain.items()},
                "entity": GraphQLField(
                    self.entity, resolve=reading.other_end, description="The one at the other end"
                ),
            },
        )

    def _version(self) -> GraphQLObjectType:
        return GraphQLObjectType(
            "Version",
            {
                "revision": GraphQLField(GraphQLNonNull(LONG)),
                "sequence": GraphQLField(GraphQLNonNull(LONG)),
                "op": GraphQLField(GraphQLNonNull(self.types.enum(Op))),
                "fields": GraphQLField(STRINGS),
                "actor": GraphQLField(STRING),
                "why": GraphQLField(STRING),
                "status": GraphQLField(GraphQLNonNull(self.types.enum(Status))),
                "valid_from": GraphQLField(GraphQLNonNull(DATE_TIME)),
                "valid_to": GraphQLField(DATE_TIME),
                "tags": GraphQLField(GraphQLNonNull(JSON)),
            },
        )

    def _kind(self, kind: str, cls: type[Entity]) -> GraphQLObjectType:
        return GraphQLObjectType(
            cls.__name__,
            lambda: self._common() | self._facts(cls) | self._joined(kind) | self._more(kind),
            interfaces=[self.entity],
            description=(cls.__doc__ or "").partition("\n")[0],
        )

    def _facts(self, cls: type[Entity]) -> dict[str, GraphQLField]:
        return {
            spec.name: GraphQLField(
                self.types.of(spec.type), resolve=_of_facts(spec.name), description=spec.description
            )
            for spec in cls.specs
            if not spec.mark.secret
        }

    def _joined(self, kind: str) -> dict[str, GraphQLField]:
        """Return a field for each relationship that begins at *kind*, and one for each that ends there."""
        fields = {}
        for one, (sources, targets) in ENDS.items():
            name = one.value.lower()
            if kind in sources:
                fields[name] = self._relation(reading.relationships("out", (one,)), f"{one.value} from here")
            if kind in targets:
                fields[f"{name}_in"] = self._relation(
                    reading.relationships("in", (one,)), f"{one.value} to here"
                )
        return fields

    def _relation(self, resolve: Any, description: str) -> GraphQLField:
        return GraphQLField(GraphQLNonNull(self.edges), _PAGED, resolve=resolve, description=description)

    def _more(self, kind: str) -> dict[str, GraphQLField]:
        if kind != "risk":
            return {}
        explanation = GraphQLObjectType(
            "Explanation",
            {
                "score": GraphQLField(GraphQLNonNull(GraphQLInt)),
                "decision": GraphQLField(GraphQLNonNull(self.types.enum(Decision))),
                "formula": GraphQLField(STRING),
                "factors": GraphQLField(GraphQLNonNull(JSON)),
                "remedies": GraphQLField(GraphQLNonNull(JSON)),
                "since": GraphQLField(JSON, description="What changed since then, and why"),
            },
        )
        return {
            "explanation": GraphQLField(
                explanation,
                {"since": GraphQLArgument(GraphQLString, description="Tell what changed since, ISO 8601")},
                resolve=reading.explanation,
                description="Why it has its score",
            ),
            "at": GraphQLField(self.entity, resolve=reading.referred, description="What it is a risk of"),
        }

    def _queries(self) -> dict[str, GraphQLField]:
        listed = {plural(kind): (self.kinds[kind], (kind,)) for kind in KINDS if kind not in UNLISTED}
        found = {name: self._list(of, kinds) for name, (of, kinds) in listed.items()}
        groups = self._page("EntityList", self.entity)
        found |= {name: self._list(groups, kinds) for name, kinds in GROUPS.items()}
        one = GraphQLField(self.entity, {"key": GraphQLArgument(ID), **_AS_OF}, resolve=reading.entity)
        return {"entity": one} | found | self._log() | graph.fields()

    def _list(self, of: Any, kinds: tuple[str, ...]) -> GraphQLField:
        return GraphQLField(
            GraphQLNonNull(of if of.name == "EntityList" else self._page(f"{of.name}List", of)),
            {
                "filter": GraphQLArgument(
                    GraphQLString, description="Filter language: `score>=70 state=open`"
                ),
                "sort": GraphQLArgument(GraphQLString, description="A field; with `-` before it, descending"),
                **_PAGED,
                **_AS_OF,
                "everything": GraphQLArgument(
                    GraphQLBoolean, default_value=False, description="Also what is not on the surface"
                ),
            },
            resolve=reading.lister(kinds),
        )

    def _log(self) -> dict[str, GraphQLField]:
        change = GraphQLObjectType(
            "Change",
            {
                "sequence": GraphQLField(GraphQLNonNull(LONG)),
                "at": GraphQLField(GraphQLNonNull(DATE_TIME)),
                "op": GraphQLField(GraphQLNonNull(self.types.enum(Op))),
                "key": GraphQLField(ID),
                "kind": GraphQLField(STRING),
                "revision": GraphQLField(GraphQLNonNull(LONG)),
                "fields": GraphQLField(STRINGS),
                "actor": GraphQLField(STRING),
                "why": GraphQLField(STRING),
                "relationship": GraphQLField(self.types.enum(RelationshipType)),
                "target": GraphQLField(GraphQLID),
            },
        )
        difference = GraphQLObjectType(
            "Difference",
            {
                "key": GraphQLField(ID),
                "kind": GraphQLField(STRING),
                "fields": GraphQLField(STRINGS, description="Which are different"),
                "before": GraphQLField(self.entity, description="Null when it was not on the surface then"),
                "after": GraphQLField(self.entity, description="Null when it left the surface"),
            },
        )
        count = GraphQLObjectType(
            "KindCount",
            {
                "kind": GraphQLField(STRING),
                "on_surface": GraphQLField(GraphQLNonNull(GraphQLInt)),
                "by_status": GraphQLField(GraphQLNonNull(JSON)),
            },
        )
        return {
            "changes": GraphQLField(
                _all(change),
                {"after": GraphQLArgument(LONG), "first": _PAGED["first"]},
                resolve=reading.changes,
                description="What changed after a sequence, in order",
            ),
            "diff": GraphQLField(
                GraphQLNonNull(self._page("DifferenceList", difference)),
                {
                    "since": GraphQLArgument(STRING, description="An instant, or a time ago such as 24h"),
                    "until": GraphQLArgument(GraphQLString),
                    "kinds": GraphQLArgument(GraphQLList(STRING)),
                    **_PAGED,
                },
                resolve=reading.diff,
            ),
            "statistics": GraphQLField(_all(count), resolve=reading.statistics),
        }

    def _mutations(self) -> dict[str, GraphQLField]:
        enum = self.types.enum
        seed = GraphQLInputObjectType(
            "SeedInput",
            {
                "value": GraphQLInputField(STRING),
                "depth": GraphQLInputField(enum(Depth)),
                "note": GraphQLInputField(GraphQLString),
            },
        )
        tag = GraphQLInputObjectType(
            "TagInput",
            {
                "label": GraphQLInputField(STRING),
                "value": GraphQLInputField(GraphQLString, description="Null takes it off"),
            },
        )
        text, key = GraphQLArgument(GraphQLString), GraphQLArgument(ID)
        return {
            "transition_risk": GraphQLField(
                GraphQLNonNull(self.kinds["risk"]),
                {
                    "key": key,
                    "state": GraphQLArgument(GraphQLNonNull(enum(RiskState))),
                    "reason": text,
                    "until": text,
                    "owner": text,
                    "due_at": text,
                    "if_revision": GraphQLArgument(GraphQLInt),
                },
                resolve=writing.transition_risk,
            ),
            "add_seeds": GraphQLField(
                _all(self.kinds["seed"]),
                {"seeds": GraphQLArgument(_all(seed)), "why": _WHY},
                resolve=writing.add_seeds,
            ),
            "exclude_seed": GraphQLField(
                GraphQLNonNull(self.kinds["seed"]),
                {"value": GraphQLArgument(STRING), "why": _WHY},
                resolve=writing.exclude_seed,
            ),
            "change_tags": GraphQLField(
                GraphQLNonNull(self.entity),
                {"key": key, "tags": GraphQLArgument(_all(tag)), "why": _WHY},
                resolve=writing.change_tags,
            ),
        }


def _all(of: Any) -> Any:
    return GraphQLNonNull(GraphQLList(GraphQLNonNull(of)))


@cache
def schema() -> GraphQLSchema:
    """Return the schema; what the kinds declare never changes."""
    return _Builder().schema()


def main(arguments: list[str] | None = None) -> int:
    """Write the schema to a file, or check that the file is current; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m chariot.entrypoints.graphql.schema")
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 when the file is stale")
    parser.add_argument("file", type=Path)
    asked = parser.parse_args(arguments)
    text = print_schema(schema()) + "\n"
    if not asked.check:
        asked.file.write_text(text, encoding="utf-8")
        return 0
    if asked.file.is_file() and asked.file.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write(
        f"{asked.file} is stale; run: python -m chariot.entrypoints.graphql.schema {asked.file}\n"
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
