import gzip
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.errors import InvalidError
from chariot.formats.support import packed
from chariot.formats.support.packed import peeked, unpacked


@given(st.lists(st.binary(max_size=3_000), min_size=1, max_size=3))
def test_members_are_read_one_after_another(members: list[bytes]) -> None:
    stream = unpacked(BytesIO(b"".join(map(gzip.compress, members))))

    assert stream.read() == b"".join(members)


def test_what_is_not_packed_is_read_as_it_is() -> None:
    assert unpacked(BytesIO(b"plain")).read() == b"plain"
    assert peeked(b"plain") == b"plain"


def test_the_beginning_of_a_packed_file_is_known() -> None:
    assert peeked(gzip.compress(b"a" * 100_000)[:60]).startswith(b"aaaa")


@pytest.mark.parametrize("cut", [2, 9, 30])
def test_a_truncated_file_is_one_error(cut: int) -> None:
    with pytest.raises(InvalidError, match="gzip"):
        unpacked(BytesIO(gzip.compress(bytes(range(256)) * 10)[:cut])).read()


@given(st.binary(max_size=200))
def test_any_bytes_behind_the_mark_are_content_or_one_error(data: bytes) -> None:
    peeked(packed.GZIP + data)
    try:
        unpacked(BytesIO(packed.GZIP + data)).read()
    except InvalidError as error:
        place = error.place
    else:
        place = "offset"
    assert place.startswith("offset")


def test_a_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "_FREE_BYTES", 1_000_000)
    stream = unpacked(BytesIO(gzip.compress(b"\0" * 20_000_000)))

    with pytest.raises(InvalidError, match="grows more than"):
        list(iter(lambda: stream.read(65_536), b""))
