import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.errors import InvalidError
from chariot.modules.backup.keys import KeyFile
from chariot.modules.backup.sealed import CHUNK_BYTES, MAGIC, SealedReader, SealedWriter

KEY = KeyFile(bytes(range(32)))
OTHER = KeyFile(bytes(32))


def sealed(data: bytes, *, pieces: int = 1) -> bytes:
    out = io.BytesIO()
    writer = SealedWriter(out, KEY, "sqlite")
    step = len(data) // pieces + 1
    for start in range(0, len(data), step):
        writer.write(data[start : start + step])
    writer.close()
    return out.getvalue()


def opened(data: bytes, key: KeyFile = KEY) -> bytes:
    return b"".join(SealedReader(io.BytesIO(data), key).chunks())


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES])
def test_what_was_sealed_comes_out_again(size: int) -> None:
    data = bytes(size)

    assert opened(sealed(data, pieces=3)) == data


def test_nothing_of_the_content_stands_in_the_open() -> None:
    assert b"topsecret" not in sealed(b"topsecret" * 100)


def test_the_same_content_is_sealed_differently_each_time() -> None:
    assert sealed(b"same") != sealed(b"same")


def test_another_key_opens_nothing() -> None:
    with pytest.raises(InvalidError, match="key or passphrase"):
        opened(sealed(b"data"), OTHER)


@given(st.data())
def test_no_octet_can_be_changed(data: st.DataObject) -> None:
    whole = bytearray(sealed(b"some content"))
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))

    with pytest.raises(InvalidError):
        opened(bytes(whole))


@given(st.integers(0, 400))
def test_a_file_that_was_cut_is_not_whole(length: int) -> None:
    whole = sealed(b"some content" * 20)

    with pytest.raises(InvalidError):
        opened(whole[: min(length, len(whole) - 1)])


def test_a_file_cut_between_two_chunks_is_not_whole() -> None:
    whole = sealed(bytes(2 * CHUNK_BYTES + 1))
    last = 4 + 16 + 1

    with pytest.raises(InvalidError, match="cut"):
        opened(whole[:-last])


def test_chunks_cannot_change_places() -> None:
    whole = sealed(bytes(3 * CHUNK_BYTES))
    size = 4 + CHUNK_BYTES + 16
    start = len(whole) - 3 * size
    first, second, third = (whole[start + n * size : start + (n + 1) * size] for n in range(3))

    with pytest.raises(InvalidError, match="changed"):
        opened(whole[:start] + first + third + second)
    with pytest.raises(InvalidError):
        opened(whole[:start] + second + first + third)


def test_nothing_may_follow_the_end() -> None:
    with pytest.raises(InvalidError, match="behind its end"):
        opened(sealed(b"data") + b"more")


@given(st.binary(max_size=300))
def test_a_file_of_another_kind_is_refused_with_words(data: bytes) -> None:
    with pytest.raises(InvalidError):
        opened(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (MAGIC[:-1] + b"\x02" + bytes(4), "newer"),
        (MAGIC + b"\xff\xff\xff\xff", "too long"),
        (MAGIC + (2).to_bytes(4) + b"{}", "cannot be read"),
        (MAGIC + (2).to_bytes(4) + b"\xff\xff", "cannot be read"),
    ],
)
def test_a_header_that_is_wrong_is_told(data: bytes, reason: str) -> None:
    with pytest.raises(InvalidError, match=reason):
        opened(data)
