from datetime import UTC, date, datetime

import pytest

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.journal import SqliteJournalStore
from chariot.errors import InvalidError
from chariot.model.keys import Organisation
from chariot.modules.discovery.journal import Line, Usage
from chariot.modules.discovery.journal_lines import sent_to

ACME = Organisation("acme")


@pytest.fixture
async def journal(tmp_path):
    database = SqliteDatabase(tmp_path / "t.db")
    store = SqliteJournalStore(database)
    lines = [
        Line(0, 1_000_000, 2, "", "dns", "#domain#a.example", "seed", "dns", "a.example", address, 53, "A")
        for address in ("192.0.2.7", "192.0.2.9", "2001:db8::7", "")
    ]
    await store.append(ACME, lines, Usage(date(1970, 1, 1)))
    yield store
    await database.close()


@pytest.mark.parametrize(
    ("place", "numbers"),
    [
        ("", [1, 2, 3, 4]),
        ("192.0.2.9", [2]),
        ("192.0.2.0/24", [1, 2]),
        ("192.0.2.8/30", [2]),
        ("2001:0DB8::7", [3]),
        ("198.51.100.0/24", []),
    ],
)
async def test_what_was_sent_to_a_place_is_told(journal, place, numbers) -> None:
    assert [line.number async for line in sent_to(journal, ACME, place)] == numbers


async def test_a_line_is_told_in_words(journal) -> None:
    line = await anext(sent_to(journal, ACME, "192.0.2.7"))

    assert (line.first_at, line.last_at) == (
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC),
    )
    assert (line.times, len(line.hash)) == (2, 64)


@pytest.mark.parametrize("place", ["example.com", "192.0.2.0/99", "x"])
async def test_what_is_no_place_is_refused(journal, place) -> None:
    with pytest.raises(InvalidError, match="--for"):
        await anext(sent_to(journal, ACME, place))
