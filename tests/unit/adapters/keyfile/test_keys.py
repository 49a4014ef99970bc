import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from chariot.adapters.keyfile.keys import FileKeys
from chariot.errors import ConfigurationError, ConflictError, NotFoundError
from chariot.modules.secrets.ports import Wrapped


async def test_a_key_is_made_once_and_only_its_owner_may_read_it(tmp_path):
    path = tmp_path / "master.key"

    wrapped = await FileKeys(path).wrap(b"k" * 32, b"acme")

    assert await FileKeys(path).unwrap(wrapped, b"acme") == b"k" * 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["master.key"]
    assert b"k" * 32 not in wrapped.data


def test_several_that_start_at_once_agree_on_one_key(tmp_path):
    def start(_: int) -> bytes:
        keys = FileKeys(tmp_path / "master.key")
        return keys._current() or keys._make()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(start, range(32)))) == 1
    assert [one.name for one in tmp_path.iterdir()] == ["master.key"]


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
async def test_a_file_that_is_no_key_is_refused_and_left_alone(tmp_path, content):
    path = tmp_path / "master.key"
    path.write_bytes(content)

    with pytest.raises(ConfigurationError, match="no master key"):
        await FileKeys(path).wrap(b"k" * 32, b"acme")

    assert path.read_bytes() == content


async def test_what_was_wrapped_opens_for_its_context_alone_and_unchanged(tmp_path):
    keys = FileKeys(tmp_path / "master.key")
    wrapped = await keys.wrap(b"k" * 32, b"acme 1")
    changed = Wrapped(wrapped.master, wrapped.data[:-1] + bytes([wrapped.data[-1] ^ 1]))

    for wrong, context in ((wrapped, b"globex 1"), (changed, b"acme 1"), (Wrapped(wrapped.master, b""), b"")):
        with pytest.raises(ConfigurationError, match="does not open"):
            await keys.unwrap(wrong, context)


async def test_after_a_rotation_the_older_key_opens_and_the_new_one_wraps_in_every_process(tmp_path):
    ours, theirs = FileKeys(tmp_path / "master.key"), FileKeys(tmp_path / "master.key")
    before = await ours.wrap(b"a" * 32, b"x")

    new = await theirs.rotate()
    after = await ours.wrap(b"b" * 32, b"x")

    assert after.master == new.id != before.master
    assert await theirs.unwrap(before, b"x") == b"a" * 32
    assert await theirs.unwrap(after, b"x") == b"b" * 32
    assert [(key.id, key.current) for key in await ours.describe()] == [
        (new.id, True),
        (before.master, False),
    ]
    assert {stat.S_IMODE(one.stat().st_mode) for one in tmp_path.glob("*.key")} == {0o600}


async def test_a_crash_between_the_steps_of_a_rotation_loses_no_key(tmp_path):
    keys = FileKeys(tmp_path / "master.key")
    before = await keys.wrap(b"a" * 32, b"x")
    await keys.rotate()
    # What a crash before the last step leaves: the new key under its id, the older one current.
    (tmp_path / f"master-{before.master}.key").replace(tmp_path / "master.key")

    again = await FileKeys(tmp_path / "master.key").rotate()

    assert await FileKeys(tmp_path / "master.key").unwrap(before, b"x") == b"a" * 32
    assert again.id != before.master


async def test_an_older_key_can_be_given_up_and_the_current_one_cannot(tmp_path):
    keys = FileKeys(tmp_path / "master.key")
    before = await keys.wrap(b"a" * 32, b"x")
    new = await keys.rotate()

    with pytest.raises(ConflictError):
        await keys.retire(new.id)
    with pytest.raises(NotFoundError):
        await keys.retire("../../etc/passwd")
    await keys.retire(before.master)

    with pytest.raises(ConfigurationError, match="restore its file"):
        await FileKeys(tmp_path / "master.key").unwrap(before, b"x")


@pytest.mark.parametrize("name", ["../other", "0" * 16, "", "#"])
async def test_a_name_from_the_database_never_leads_to_another_file(tmp_path, name):
    (tmp_path / "other.key").write_bytes(b"o" * 32)
    keys = FileKeys(tmp_path / "sub" / "master.key")
    (tmp_path / "sub").mkdir()

    with pytest.raises(ConfigurationError, match="is not in"):
        await keys.unwrap(Wrapped(name, b"x" * 40), b"")


async def test_before_the_first_key_there_is_none_to_describe(tmp_path):
    assert await FileKeys(tmp_path / "master.key").describe() == []
