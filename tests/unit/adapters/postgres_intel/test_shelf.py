"""What lies on the shelf: one pack, the pieces that it names, and those of the one before."""

from collections.abc import AsyncIterator

import pytest

from chariot.adapters.postgres.database import PostgresDatabase
from chariot.adapters.postgres_intel.pieces import Pack, digest_of
from chariot.adapters.postgres_intel.shelf import PostgresIntelShelf
from support.databases import databases

DATA = tuple(f"piece {number}".encode() for number in range(4))
DIGESTS = tuple(map(digest_of, DATA))


def pack(identity: int, *places: int) -> Pack:
    return Pack(identity=identity, tables=1, size_bytes=1, digests=tuple(DIGESTS[place] for place in places))


@pytest.fixture
async def shelf() -> AsyncIterator[PostgresIntelShelf]:
    url = await databases().take()
    database = await PostgresDatabase.open(url, size=2)
    shelf = PostgresIntelShelf(database)
    await shelf.put(dict(zip(DIGESTS, DATA, strict=True)))
    yield shelf
    await database.close()
    await databases().give_back(url)


async def test_an_empty_shelf_has_no_pack(shelf: PostgresIntelShelf) -> None:
    assert await shelf.current() is None


async def test_what_is_put_comes_back(shelf: PostgresIntelShelf) -> None:
    await shelf.publish(pack(7, 0, 1, 0), None)

    assert await shelf.current() == pack(7, 0, 1, 0)
    assert await shelf.fetch(DIGESTS[:2]) == dict(zip(DIGESTS[:2], DATA[:2], strict=True))


async def test_whoever_does_not_know_the_present_pack_publishes_nothing(shelf: PostgresIntelShelf) -> None:
    await shelf.publish(pack(1, 0), None)

    assert not await shelf.publish(pack(2, 1), None)
    assert not await shelf.publish(pack(2, 1), pack(9, 0))
    assert await shelf.current() == pack(1, 0)


async def test_publishing_again_what_is_there_is_done_already(shelf: PostgresIntelShelf) -> None:
    await shelf.publish(pack(1, 0), None)

    assert await shelf.publish(pack(1, 0), None)


async def test_pieces_stay_for_whoever_reads_the_pack_before(shelf: PostgresIntelShelf) -> None:
    await shelf.publish(pack(1, 0), None)
    await shelf.put(dict(zip(DIGESTS, DATA, strict=True)))
    await shelf.publish(pack(2, 1, 2), pack(1, 0))
    between = await shelf.missing(DIGESTS)
    await shelf.publish(pack(3, 3), pack(2, 1, 2))
    after = await shelf.missing(DIGESTS)

    assert between == {DIGESTS[3]}
    assert after == {DIGESTS[0], DIGESTS[3]}
