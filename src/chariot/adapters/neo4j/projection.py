"""Brings the projection of one organisation up to date with the change log, page by page.

A page and the mark of how far the log was read land in one transaction, and everything in it is merged: a projection
that was interrupted goes on where it was, and what is written twice is written once.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from neo4j import AsyncDriver, AsyncManagedTransaction

from chariot.adapters.neo4j import statements
from chariot.adapters.neo4j.statements import node_id
from chariot.model.keys import SHARED, Key, Organisation
from chariot.model.records import Change, Op
from chariot.model.relationships import RelationshipType
from chariot.modules.graph import following
from chariot.modules.graph.facts import GONE, Facts, Weigh
from chariot.modules.graph.following import Reached
from chariot.modules.graph.ports import Reader

PAGE: Final = 1_000
_encode = msgspec.json.Encoder().encode

_Row = dict[str, Any]


class Projection:
    """Writes what the log says."""

    def __init__(self, driver: AsyncDriver, database: str, reader: Reader, weigh: Weigh) -> None:
        self._driver = driver
        self._database = database
        self._reader = reader
        self._weigh = weigh

    async def prepare(self) -> None:
        """Make what keeps ids unique and look-ups quick; harmless when it is there."""
        for statement in statements.SCHEMA:
            await self._driver.execute_query(statement, database_=self._database)

    async def reached(self, organisation: Organisation) -> Reached:
        """Return how far the projection has followed the logs."""
        answer = await self._driver.execute_query(
            statements.REACHED, {"organisation": organisation}, database_=self._database
        )
        return Reached(*answer.records[0].values()) if answer.records else Reached()

    async def follow(self, organisation: Organisation, *, anew: bool = False) -> Reached:
        """Write everything that the logs have since the projection was written; return how far that is.

        With *anew*, everything is written once more: what is read of it is another thing now.
        """
        reached = Reached() if anew else await self.reached(organisation)
        async for page in following.changes(self._reader, SHARED, reached.shared, size=PAGE):
            reached.shared = page[-1].sequence
            wanted = await self._known(organisation, [change.key for change in page])
            await self._write(organisation, wanted, (), reached)
        async for page in following.changes(self._reader, organisation, reached.own, size=PAGE):
            reached.own = page[-1].sequence
            keys = following.entities(page)
            await self._write(organisation, keys, page, reached)
        return reached

    async def _known(self, organisation: Organisation, keys: Sequence[Key]) -> list[Key]:
        ids = [node_id(organisation, key) for key in dict.fromkeys(keys)]
        answer = await self._driver.execute_query(statements.KNOWN, {"ids": ids}, database_=self._database)
        return [Key(str(record["key"])) for record in answer.records]

    async def _write(
        self, organisation: Organisation, keys: Sequence[Key], page: Sequence[Change], reached: Reached
    ) -> None:
        facts: dict[Key, Facts] = {}
        for change in page:
            # Both ends must stand before a relationship does; what they are is told by their own change.
            if change.target is not None:
                facts.setdefault(change.key, GONE)
                facts.setdefault(change.target, GONE)
        already = set(await self._known(organisation, list(facts)))
        facts = {key: one for key, one in facts.items() if key not in already}
        wanted = dict.fromkeys([*keys, *facts])
        async for found in following.facts(self._reader, organisation, wanted, self._weigh):
            facts.update(found)
        risks = [one.weak.weakness for one in facts.values() if one.weak is not None]
        known = dict.fromkeys(map(following.vulnerability_key, risks))
        async for found in following.facts(self._reader, organisation, known, self._weigh):
            facts.update(found)
        rows = [_asset(organisation, key, one) for key, one in facts.items()]
        added, dropped = _links(organisation, page)
        async with self._driver.session(database=self._database) as session:
            await session.execute_write(_commit, organisation, rows, added, dropped, reached)


async def _commit(
    transaction: AsyncManagedTransaction,
    organisation: Organisation,
    rows: Sequence[_Row],
    added: dict[RelationshipType, list[_Row]],
    dropped: dict[RelationshipType, list[_Row]],
    reached: Reached,
) -> None:
    if rows:
        await _run(transaction, statements.PUT_ASSETS, organisation=organisation, rows=rows)
    for type_, links in dropped.items():
        await _run(transaction, statements.drop_links(type_), rows=links)
    for type_, links in added.items():
        await _run(transaction, statements.put_links(type_), rows=links)
    await _run(
        transaction,
        statements.PUT_REACHED,
        organisation=organisation,
        own=reached.own,
        shared=reached.shared,
    )


async def _run(transaction: AsyncManagedTransaction, statement: Any, **values: Any) -> None:
    answer = await transaction.run(statement, values)
    await answer.consume()


def _asset(organisation: Organisation, key: Key, facts: Facts) -> _Row:
    return {
        "id": node_id(organisation, key),
        "key": key,
        "kind": facts.kind,
        "alive": facts.alive,
        "facts": _encode(facts).decode(),
    }


def _links(
    organisation: Organisation, page: Sequence[Change]
) -> tuple[dict[RelationshipType, list[_Row]], dict[RelationshipType, list[_Row]]]:
    """Return the relationships that are there after *page*, and those that are not, by type."""
    last = {
        (change.key, change.relationship, change.target): change.op
        for change in page
        if change.relationship is not None and change.target is not None
    }
    added: dict[RelationshipType, list[_Row]] = defaultdict(list)
    dropped: dict[RelationshipType, list[_Row]] = defaultdict(list)
    for (source, type_, target), op in last.items():
        assert type_ is not None
        assert target is not None
        row = {"source": node_id(organisation, source), "target": node_id(organisation, target)}
        (added if op is Op.LINKED else dropped)[type_].append(row)
    return added, dropped
