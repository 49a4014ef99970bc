import base64
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.errors import InvalidError
from chariot.model.keys import Key
from chariot.model.states import ImportState
from chariot.modules.exchange.ledger import new_id, pack, unpack
from chariot.modules.surface.states import StoredEdge
from chariot.modules.surface.trace import Touched, TouchedEdge, Trace, Was

from .conftest import ACME, World, finding

A, B = Key("#domain#a.test"), Key("#domain#b.test")
TRACE = Trace(
    capability="notes",
    entities=(
        Touched(A, None, 1, 5, 6),
        Touched(B, Was(3, 1, 2, "probe", "{}", '{"tags":{}}'), 4, 1, 6, "{}", reopened=True),
    ),
    edges=(TouchedEdge(A, "ALIAS_OF", B, StoredEdge(True, "", 1, 2, "probe", 0), 6, 0),),
)


def test_a_journal_comes_back_as_it_was() -> None:
    assert unpack(pack(TRACE)) == TRACE


@given(st.text(max_size=50) | st.binary(max_size=50).map(lambda data: base64.b64encode(data).decode()))
def test_a_journal_that_somebody_else_wrote_is_refused(journal: str) -> None:
    with pytest.raises(InvalidError, match="journal"):
        unpack(journal)


def test_a_journal_of_another_form_is_refused() -> None:
    with pytest.raises(InvalidError, match="not as an import wrote it"):
        unpack(base64.b64encode(zlib.compress(b'{"capability": 5}')).decode())


def test_ids_are_short_and_differ() -> None:
    ids = {new_id() for _ in range(100)}

    assert (len(ids), {len(one) for one in ids}) == (100, {10})


async def test_the_newest_import_of_the_same_bytes_is_found(world: World) -> None:
    ids = [(await world.bring(finding())).id for _ in range(3)]
    entry = await world.service.ledger.get(ACME, ids[0])

    found = await world.service.ledger.of_file(ACME, entry.sha256, "notes", ImportState.DONE)

    assert found is not None
    assert found.id == ids[-1]
    assert await world.service.ledger.of_file(ACME, entry.sha256, "other", ImportState.DONE) is None
    assert await world.service.ledger.of_file(ACME, entry.sha256, "notes", ImportState.RUNNING) is None


async def test_imports_are_listed_newest_first(world: World) -> None:
    ids = [(await world.bring(finding(f"CVE-2023-{1_000 + number}"))).id for number in range(3)]

    assert [one.id async for one in world.service.ledger.all(ACME)] == ids[::-1]


async def test_pages_stand_in_their_order(world: World) -> None:
    report = await world.bring(*[finding(f"CVE-2023-{1_000 + number}") for number in range(10)])

    pages = [page async for page in world.service.ledger.pages(ACME, report.id)]

    assert [page.number for page in pages] == list(range(len(pages)))
    assert pages[-1].records == 10
    assert sum(page.counts["created"] for page in pages) == 12
