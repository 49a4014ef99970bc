import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from chariot.adapters.keyfile.keys import FileKeys
from chariot.errors import ConfigurationError


def test_a_key_is_made_once_and_only_its_owner_may_read_it(tmp_path):
    path = tmp_path / "master.key"

    first, second = FileKeys(path).master(), FileKeys(path).master()

    assert first == second
    assert len(first) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["master.key"]


def test_several_that_start_at_once_agree_on_one_key(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        keys = set(
            pool.map(lambda n: (tmp_path / "lock", FileKeys(tmp_path / "master.key").master())[1], range(1))
        )
        keys |= set(pool.map(lambda _: FileKeys(tmp_path / "master.key").master(), range(16)))

    assert len(keys) == 1


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_file_that_is_no_key_is_refused_and_left_alone(tmp_path, content):
    path = tmp_path / "master.key"
    path.write_bytes(content)

    with pytest.raises(ConfigurationError, match="no master key"):
        FileKeys(path).master()

    assert path.read_bytes() == content
