"""The Cypher of the projection. Every statement names the organisation, or ids that begin with it."""

from typing import Final, LiteralString

from chariot.model.keys import Organisation
from chariot.model.relationships import RelationshipType

SCHEMA: Final[tuple[LiteralString, ...]] = (
    "CREATE CONSTRAINT asset_id IF NOT EXISTS FOR (a:Asset) REQUIRE a.id IS UNIQUE",
    "CREATE INDEX asset_organisation IF NOT EXISTS FOR (a:Asset) ON (a.organisation)",
    "CREATE CONSTRAINT log_id IF NOT EXISTS FOR (c:Log) REQUIRE c.id IS UNIQUE",
)

REACHED: Final[LiteralString] = "MATCH (c:Log {id: $organisation}) RETURN c.own AS own, c.shared AS shared"
PUT_REACHED: Final[LiteralString] = "MERGE (c:Log {id: $organisation}) SET c.own = $own, c.shared = $shared"
PUT_ASSETS: Final[LiteralString] = (
    "UNWIND $rows AS row MERGE (a:Asset {id: row.id}) SET a.organisation = $organisation, a.key = row.key,"
    " a.kind = row.kind, a.alive = row.alive, a.facts = row.facts"
)
KNOWN: Final[LiteralString] = "UNWIND $ids AS id MATCH (a:Asset {id: id}) RETURN a.key AS key"
ASSETS: Final[LiteralString] = (
    "MATCH (a:Asset {organisation: $organisation}) RETURN a.key AS key, a.facts AS facts"
)
LINKS: Final[LiteralString] = (
    "MATCH (a:Asset {organisation: $organisation})-[r]->(b:Asset {organisation: $organisation})"
    " RETURN a.key AS source, type(r) AS type, b.key AS target"
)
AROUND: Final[LiteralString] = (
    "UNWIND $ids AS id MATCH (a:Asset {id: id})-[r]-(b:Asset {organisation: $organisation})"
    " WHERE b.alive RETURN DISTINCT b.key AS key"
)
BETWEEN: Final[LiteralString] = (
    "UNWIND $ids AS id MATCH (a:Asset {id: id})-[r]->(b:Asset {organisation: $organisation})"
    " WHERE b.id IN $ids RETURN DISTINCT a.key AS source, type(r) AS type, b.key AS target"
)
IS_ALIVE: Final[LiteralString] = "MATCH (a:Asset {id: $id}) WHERE a.alive RETURN a.key AS key"


def node_id(organisation: Organisation, key: str) -> str:
    """Return the id of an entity: it begins with the organisation, so that no two share a node."""
    return f"{organisation}\x1f{key}"


def put_links(type_: RelationshipType) -> LiteralString:
    """Return the statement that adds relationships of one type."""
    # A type cannot be a parameter in Cypher; its name is one of our own declarations.
    return (
        "UNWIND $rows AS row MATCH (a:Asset {id: row.source}) MATCH (b:Asset {id: row.target})"
        f" MERGE (a)-[r:{type_.value}]->(b)"
    )


def drop_links(type_: RelationshipType) -> LiteralString:
    """Return the statement that takes relationships of one type away."""
    return (
        f"UNWIND $rows AS row MATCH (a:Asset {{id: row.source}})-[r:{type_.value}]->(b:Asset {{id: row.target}})"
        " DELETE r"
    )
