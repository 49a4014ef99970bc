from pathlib import Path

import pytest

from chariot.errors import ConflictError, UnavailableError
from chariot.model.kinds.network import Domain
from chariot.model.states import ImportState

from .conftest import ACME, DAY, HOST, NOON, World, finding, note

MANY = [note(Domain(host=f"a{number}.test")) for number in range(40)]


class Interrupted(World):
    """Fails at the nth write, as a process that is killed does: what was committed stays."""

    async def bring_until(self, writes: int, path: Path) -> None:
        apply, left = self.store.apply, writes

        async def failing(*arguments, **options):
            nonlocal left
            left -= 1
            if left < 0:
                raise UnavailableError("the disk is away")
            return await apply(*arguments, **options)

        self.store.apply = failing
        with pytest.raises(UnavailableError):
            await self.service.import_file(ACME, path)
        self.store.apply = apply


@pytest.mark.parametrize("writes", [1, 2, 3, 4])
async def test_an_interrupted_import_goes_on_where_it_was(tmp_path: Path, writes: int) -> None:
    lines = [finding("CVE-2023-9999", covers=(HOST,), at=NOON + DAY / 2), *MANY]
    whole, broken = World(tmp_path / "whole.db", tmp_path), Interrupted(tmp_path / "broken.db", tmp_path)
    for world in (whole, broken):
        await world.bring(finding("CVE-2023-1111"))
    path = whole.file(*lines)
    await broken.bring_until(writes, path)

    resumed = await broken.service.import_file(ACME, path)

    uninterrupted = await whole.service.import_file(ACME, path)
    assert (resumed.resumed, uninterrupted.resumed) == (True, False)
    assert resumed.counts() == uninterrupted.counts()
    assert await broken.told() == await whole.told()
    entries = [one async for one in broken.service.ledger.all(ACME)]
    assert [one.state for one in entries] == [ImportState.DONE, ImportState.DONE]
    await whole.store.close()
    await broken.store.close()


async def test_an_interrupted_import_can_be_taken_back(tmp_path: Path) -> None:
    world = Interrupted(tmp_path / "t.db", tmp_path)
    await world.see(HOST)
    before = await world.told()
    await world.bring_until(3, world.file(*MANY, finding()))
    (entry,) = [one async for one in world.service.ledger.all(ACME)]

    await world.undo(entry.id)

    assert await world.told() == before
    await world.store.close()


async def test_two_processes_do_not_write_the_same_import_twice(tmp_path: Path) -> None:
    """The other process commits the next page between our look at the ledger and our write."""
    world = Interrupted(tmp_path / "t.db", tmp_path)
    path = world.file(*MANY)
    await world.bring_until(3, path)
    other = World(tmp_path / "t.db", tmp_path)
    find, store = world.service.ledger.of_file, world.store

    async def find_then_lose(*arguments, **options):
        entry = await find(*arguments, **options)
        if entry is not None and entry.state is ImportState.RUNNING:
            pages = [page async for page in world.service.ledger.pages(ACME, entry.id)]
            world.store.apply = lose
            assert pages
        return entry

    async def lose(*arguments, **options):
        world.store.apply = apply
        await other.service.import_file(ACME, path)
        return await apply(*arguments, **options)

    apply = store.apply
    world.service.ledger.of_file = find_then_lose

    with pytest.raises(ConflictError, match="another process"):
        await world.service.import_file(ACME, path)

    entries = [one async for one in other.service.ledger.all(ACME)]
    assert [(one.state, one.counts["created"]) for one in entries] == [(ImportState.DONE, 40)]
    await world.store.close()
    await other.store.close()
