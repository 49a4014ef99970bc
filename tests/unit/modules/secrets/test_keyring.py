import asyncio

import pytest

from chariot.adapters.keyfile.keys import FileKeys
from chariot.errors import ConfigurationError
from chariot.model.keys import Organisation
from chariot.modules.secrets.keyring import FRESH_S, KeyRing
from chariot.modules.secrets.memory import MemoryDataKeys

ACME, GLOBEX = Organisation("acme"), Organisation("globex")


@pytest.fixture
def masters(tmp_path) -> FileKeys:
    return FileKeys(tmp_path / "master.key")


async def test_of_several_processes_that_need_the_first_key_at_once_all_use_one(masters):
    kept = MemoryDataKeys()
    rings = [KeyRing(masters, kept) for _ in range(8)]

    await asyncio.gather(*(ring.ready(ACME) for ring in rings))

    assert len(await kept.of(ACME)) == 1
    assert len({ring.newest(ACME).nonces for ring in rings}) == 1


async def test_a_key_that_another_process_made_is_used_before_long(masters):
    kept, at = MemoryDataKeys(), [0.0]
    ours, theirs = KeyRing(masters, kept, clock=lambda: at[0]), KeyRing(masters, kept)
    await ours.ready(ACME)
    await theirs.ready(ACME)

    await theirs.add(ACME)
    await ours.ready(ACME)
    before = ours.newest(ACME).version
    at[0] += FRESH_S
    await ours.ready(ACME)

    assert (before, ours.newest(ACME).version) == (1, 2)


async def test_a_key_that_took_the_place_of_a_destroyed_one_is_used_by_every_process(masters):
    kept = MemoryDataKeys()
    ours, theirs = KeyRing(masters, kept), KeyRing(masters, kept)
    await ours.ready(ACME)
    await kept.remove(ACME, 1)
    await theirs.ready(ACME)

    await ours.load(ACME)

    assert ours.newest(ACME).version == theirs.newest(ACME).version == 1
    assert ours.newest(ACME).nonces == theirs.newest(ACME).nonces


async def test_a_key_that_is_made_while_the_master_key_changes_is_wrapped_by_the_new_one(masters, tmp_path):
    class Slow(MemoryDataKeys):
        """Somebody rotates while a key is on its way here."""

        async def add(self, key):
            await masters.rotate()
            return await super().add(key)

    kept = Slow()
    await KeyRing(masters, kept).ready(ACME)
    current, older = await masters.describe()

    await masters.retire(older.id)

    assert [key.wrapped.master for key in await kept.of(ACME)] == [current.id]
    await KeyRing(FileKeys(tmp_path / "master.key"), kept).ready(ACME)


async def test_a_key_of_one_organisation_does_not_pass_for_that_of_another(masters):
    kept = MemoryDataKeys()
    await KeyRing(masters, kept).ready(ACME)
    [stolen] = await kept.of(ACME)
    await kept.add(
        type(stolen)(organisation=GLOBEX, version=1, wrapped=stolen.wrapped, made_at=stolen.made_at)
    )

    with pytest.raises(ConfigurationError):
        await KeyRing(masters, kept).ready(GLOBEX)
