import stat

import pytest

from chariot.entrypoints.rest.tokens import FILE_NAME, ensure_token
from chariot.errors import ConfigurationError


def test_the_first_start_makes_a_token_that_its_owner_alone_may_read(tmp_path):
    token = ensure_token(tmp_path / "new" / "home")

    file = tmp_path / "new" / "home" / FILE_NAME
    assert file.read_text().strip() == token
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(token) > 40


def test_the_next_start_finds_the_same_token(tmp_path):
    assert ensure_token(tmp_path) == ensure_token(tmp_path)


def test_two_homes_have_two_tokens(tmp_path):
    assert ensure_token(tmp_path / "a") != ensure_token(tmp_path / "b")


def test_nothing_but_the_token_is_left_behind(tmp_path):
    ensure_token(tmp_path)

    assert [file.name for file in tmp_path.iterdir()] == [FILE_NAME]


def test_a_token_that_others_may_read_is_refused(tmp_path):
    ensure_token(tmp_path)
    (tmp_path / FILE_NAME).chmod(0o644)

    with pytest.raises(ConfigurationError, match="chmod 600"):
        ensure_token(tmp_path)


@pytest.mark.parametrize(
    "content", [b"", b"short", b"\xff" * 40, b"with a\x07bell-and-more-than-32-characters"]
)
def test_a_file_without_a_token_is_refused(tmp_path, content):
    file = tmp_path / FILE_NAME
    file.touch(mode=0o600)
    file.write_bytes(content)

    with pytest.raises(ConfigurationError):
        ensure_token(tmp_path)


def test_a_home_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(ConfigurationError, match="cannot keep the API token"):
        ensure_token(tmp_path / "file")
