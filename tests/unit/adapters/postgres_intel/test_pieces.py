from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.adapters.postgres_intel.pieces import PIECE_BYTES, digest_of, pieces_of, pressed, unpressed
from chariot.errors import UnavailableError


@given(st.binary(max_size=1_000))
def test_a_piece_comes_back_as_it_was(data: bytes) -> None:
    assert unpressed(digest_of(data), pressed(data)) == data


@given(st.binary(max_size=100))
def test_what_is_not_the_piece_is_refused(sent: bytes) -> None:
    with pytest.raises(UnavailableError, match="damaged"):
        unpressed(digest_of(b"another"), sent)


def test_a_piece_that_grows_without_end_is_refused() -> None:
    bomb = pressed(b"\0" * (PIECE_BYTES * 100))

    with pytest.raises(UnavailableError, match="damaged"):
        unpressed(digest_of(b"\0" * (PIECE_BYTES * 100)), bomb)


def test_pieces_are_the_file_in_order(tmp_path: Path) -> None:
    file = tmp_path / "file"
    data = bytes(range(256)) * 2_500
    file.write_bytes(data)

    pieces = pieces_of(file)

    assert b"".join(piece.read(file) for piece in pieces) == data
    assert [piece.size_bytes for piece in pieces] == [PIECE_BYTES, PIECE_BYTES, len(data) - 2 * PIECE_BYTES]
