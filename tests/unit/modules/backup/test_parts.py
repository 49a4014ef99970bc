import io
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.errors import InvalidError
from chariot.modules.backup.parts import Begin, Data, End, PartsWriter, read_parts
from chariot.modules.backup.ports import Manifest, Part

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def written(parts: Iterable[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    writer = PartsWriter(out, "sqlite", "1.0", NOON)
    for name, data in parts:
        writer.begin(name)
        writer.write(data)
        writer.end(schema=3, counts={"rows": len(data)})
    writer.close()
    return out.getvalue()


def read(data: bytes) -> tuple[dict[str, bytes], Manifest]:
    found: dict[str, bytes] = {}
    name = ""
    for event in read_parts([data]):
        match event:
            case Begin(name):
                found[name] = b""
            case Data(piece):
                found[name] += piece
            case End(part):
                assert part.name == name
            case Manifest():
                return found, event
    raise AssertionError("no manifest")


def packed(*records: tuple[bytes, bytes]) -> bytes:
    return zlib.compress(b"".join(letter + len(body).to_bytes(4) + body for letter, body in records))


@given(st.dictionaries(st.text("abc.", min_size=1), st.binary(max_size=500), max_size=4))
def test_parts_come_out_as_they_went_in(parts: dict[str, bytes]) -> None:
    found, manifest = read(written(parts.items()))

    assert found == parts
    assert [part.name for part in manifest.parts] == list(parts)
    assert (manifest.engine, manifest.program, manifest.began_at) == ("sqlite", "1.0", NOON)


def test_a_large_part_comes_in_pieces_of_bounded_size() -> None:
    data = written([("big", bytes(5_000_000))])
    pieces = [event.data for event in read_parts([data]) if isinstance(event, Data)]

    assert sum(map(len, pieces)) == 5_000_000
    assert max(map(len, pieces)) <= 1_048_576


def test_it_does_not_matter_how_the_octets_arrive() -> None:
    data = written([("a", b"first"), ("b", b"second")])

    assert list(read_parts(bytes([octet]) for octet in data)) == list(read_parts([data]))


@given(st.integers(0, 10_000))
def test_what_was_cut_is_not_whole(length: int) -> None:
    data = written([("a", b"first"), ("b", b"second")])

    with pytest.raises(InvalidError):
        read(data[: length % len(data)])


PART = msgspec.json.encode(Part(name="a", size_bytes=1, sha256="00", schema=3, counts={}))
EMPTY = msgspec.json.encode(Manifest(engine="sqlite", program="1", began_at=NOON, parts=()))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (packed((b"D", b"x")), "out of order"),
        (packed((b"B", b"a"), (b"B", b"b")), "out of order"),
        (packed((b"B", b"a"), (b"M", EMPTY)), "out of order"),
        (packed((b"E", PART)), "out of order"),
        (packed((b"?", b"")), "out of order"),
        (packed((b"B", b"a"), (b"D", b"x"), (b"E", PART)), "hash"),
        (packed((b"B", b"a"), (b"E", b"{}")), "cannot be read"),
        (packed((b"M", b"nonsense")), "cannot be read"),
        (packed((b"M", EMPTY), (b"M", EMPTY)), "behind its manifest"),
        (packed((b"B", b"a\x1b[0m")), "proper name"),
        (packed((b"B", b"")), "proper name"),
        (packed(), "not whole"),
        (zlib.compress(b"D" + (2**31).to_bytes(4)), "too long"),
        (packed((b"M", EMPTY)) + b"more", "behind its end"),
        (b"no zlib at all", "unpacked"),
        (packed((b"M", EMPTY))[:-1], "ends early"),
        (zlib.compress(b"M\x00"), "middle of a record"),
    ],
)
def test_what_is_wrong_is_told(data: bytes, reason: str) -> None:
    with pytest.raises(InvalidError, match=reason):
        read(data)


def test_a_manifest_that_leaves_a_part_out_is_found() -> None:
    writer = PartsWriter(out := io.BytesIO(), "sqlite", "1.0", NOON)
    writer.begin("a")
    writer.end(schema=3, counts={})
    writer._parts.clear()
    writer.close()

    with pytest.raises(InvalidError, match="does not agree"):
        read(out.getvalue())
