"""Every method of the store and of the queues, asked by another organisation with the victim's names and cursors."""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chariot.application import Application
from chariot.errors import ChariotError
from chariot.model.keys import SHARED, Key, Organisation
from chariot.model.observations import Edit
from chariot.model.registry import KINDS
from chariot.modules.surface.ports import EntityStore
from chariot.modules.surface.query import Compare, Query
from chariot.modules.surface.states import Writes
from chariot.modules.work.ports import Bus
from support.two_organisations import (
    KEYS,
    MARK,
    NAME,
    NOON,
    RISK,
    SECRET,
    THIEF,
    VICTIM,
    identifiers,
    state,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

EVERYTHING = Query(kinds=tuple(KINDS), everything=True, limit=1_000)
Ask = Callable[[Application, Mapping[str, str]], Awaitable[Any]]


async def nothing_decided(application: Application, _: Mapping[str, str]) -> Any:
    shown: list[Any] = []

    def decide(stored: Any, edges: Any) -> Writes:
        shown.append((dict(stored), dict(edges)))
        return Writes()

    links = [(NAME.key, "RESOLVES_TO", KEYS[1])]
    await application.store.apply(THIEF, list(KEYS), links, decide)
    return shown


async def neighbours(application: Application, _: Mapping[str, str]) -> Any:
    pages = await application.store.edges_of_many(THIEF, list(KEYS), direction="out")
    # Under which key an answer stands is what was asked.
    return [(page.items, page.cursor) for page in pages.values()]


STORE: dict[str, Ask] = {
    "apply": nothing_decided,
    "get": lambda a, _: a.store.get(THIEF, list(KEYS)),
    "find": lambda a, c: a.store.find(
        THIEF, Query(kinds=tuple(KINDS), everything=True, limit=1_000, cursor=c["find"])
    ),
    "edges": lambda a, _: a.store.edges(THIEF, NAME.key, direction="out"),
    "edges_of_many": neighbours,
    "counts": lambda a, _: a.store.counts(THIEF),
    "tally": lambda a, _: a.store.tally(THIEF, Query(kinds=("risk",), everything=True), ("state",)),
    "group": lambda a, _: a.store.group(
        THIEF,
        Query(kinds=("risk",), sort="-score", everything=True),
        "weakness",
        (Compare("state", "!=", ("open",)),),
    ),
    "versions": lambda a, c: a.store.versions(THIEF, NAME.key, cursor=c["versions"]),
    "differences": lambda a, _: a.store.differences(THIEF, NOON.replace(year=2025), NOON.replace(year=2030)),
    "changes": lambda a, _: a.store.changes(0, 10_000, organisation=THIEF),
    "silent": lambda a, _: a.store.silent(THIEF, "domain", before=NOON.replace(year=2030), limit=100),
}
OPERATORS = {"organisations", "last_sequence", "close", "stamp", "max_age_s"}
"""What is asked by the installation itself, or tells a number alone."""
BUS: dict[str, Ask] = {
    "dead_letters": lambda a, c: a.bus.dead_letters(THIEF, after=c["letter"]),
    "replay": lambda a, c: a.bus.replay([c["number"]], organisation=THIEF),
    "depths": lambda a, _: a.bus.depths(THIEF),
}
WORKERS = {"publish", "lease", "extend", "ack", "retry", "bury", "release", "wait", "check"}
"""What the processes of all organisations do: a message carries whose it is."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cursors(application: Application) -> AsyncIterator[Mapping[str, str]]:
    page = await application.store.find(VICTIM, Query(kinds=tuple(KINDS), everything=True, limit=2))
    versions = await application.store.versions(VICTIM, NAME.key, limit=1)
    (letter,) = await application.bus.dead_letters(VICTIM)
    yield {"find": page.cursor, "versions": versions.cursor, "letter": "", "number": letter.number}


async def asked(ask: Ask, application: Application, cursors: Mapping[str, str]) -> str:
    try:
        return str(await ask(application, cursors))
    except ChariotError as error:
        return str(error)


@pytest.mark.parametrize("name", STORE)
async def test_the_store_tells_a_thief_nothing(
    application: Application, cursors: Mapping[str, str], name: str
) -> None:
    before = await state(application)

    said = await asked(STORE[name], application, cursors)

    assert MARK not in said
    assert SECRET not in said
    assert await state(application) == before


@pytest.mark.parametrize("name", BUS)
async def test_the_queues_tell_a_thief_nothing(
    application: Application, cursors: Mapping[str, str], name: str
) -> None:
    before = await state(application)

    said = await asked(BUS[name], application, cursors)

    assert MARK not in said
    assert SECRET not in said
    assert await state(application) == before


def methods(port: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(port) if not name.startswith("_")}


async def test_every_method_of_the_store_is_tried() -> None:
    reads_by_organisation = {"series"}
    assert methods(EntityStore) - OPERATORS - reads_by_organisation == set(STORE)


async def test_every_method_of_the_queues_is_tried() -> None:
    assert methods(Bus) - WORKERS == set(BUS)


async def test_what_a_thief_links_to_the_victim_is_refused(application: Application) -> None:
    before = await state(application)
    taken = [
        Edit(actor="thief", key=RISK.key, fields={"title": "mine"}),
        Edit(actor="thief", key=NAME.key, tags={"owner": "thief"}),
    ]
    for edit in taken:
        with pytest.raises(ChariotError):
            await application.surface.edit(THIEF, [edit])

    assert await state(application) == before


async def test_an_import_of_another_cannot_be_taken_back(application: Application) -> None:
    page = await application.store.find(VICTIM, Query(kinds=("import",), everything=True))
    before = await state(application)

    for record in page.items:
        with pytest.raises(ChariotError):
            await application.exchange.undo(THIEF, getattr(record.entity, "id"))  # noqa: B009 - of any kind

    assert page.items
    assert await state(application) == before


async def test_what_all_may_read_is_not_told_of_by_whom(application: Application) -> None:
    page = await application.store.find(SHARED, EVERYTHING)
    said = str(page) + str(await application.store.changes(0, 10_000, organisation=SHARED))

    assert MARK not in said
    assert SECRET not in said
    assert VICTIM not in said


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
async def test_whatever_a_thief_asks_for_it_gets_nothing_of_the_victim(
    application: Application, data: st.DataObject
) -> None:
    names = st.sampled_from(await identifiers(application)) | st.text(max_size=30)
    field = data.draw(st.sampled_from(("key", "host", "tag:owner", "name")))
    operator = data.draw(st.sampled_from(("=", ">=", "<", "~", "!=")))
    text = data.draw(names)
    said = ""
    try:
        query = Query(
            kinds=tuple(KINDS),
            where=Compare(field, operator, (text,)),
            everything=True,
            cursor=data.draw(names),
        )
        said += str((await application.store.find(THIEF, query)).items)
    except (ChariotError, ValueError):
        pass
    said += str(await application.store.get(THIEF, [Key(text)]))
    said += str((await application.store.versions(THIEF, Key(text))).items)
    said += str(await application.bus.replay([text], organisation=THIEF))

    assert SECRET not in said
    assert MARK not in said
    assert await application.store.get(Organisation(text), [NAME.key]) == {} or text == VICTIM
