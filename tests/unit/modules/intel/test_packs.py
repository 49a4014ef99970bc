"""Signed packs."""

from datetime import UTC, datetime

import pytest

from chariot.adapters.keyfile.signing import FilePackKeys
from chariot.errors import ConflictError, InvalidError, NotFoundError
from chariot.modules.intel.packs import is_pack, read_sections, refuse_out_of_order, verify_pack, write_pack
from chariot.modules.intel.records import Exploit, FeedHeader, PackMark, Ssvc

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
RECORDS = [
    Ssvc("CVE-2024-1000", "poc", automatable=True, total_impact=False, decided_at=NOON),
    Exploit("CVE-2024-1000", "nuclei", "x", "poc"),
]
HEADER = FeedHeader("ssvc", "pack", "", replaces=False)


@pytest.fixture
def keys(tmp_path):
    return FilePackKeys(tmp_path / "keys")


def written(path, keys, *, revision=5, base=0):
    sections = iter([(HEADER, [RECORDS, []]), (HEADER, [])])
    return write_pack(path, sections, PackMark("a", revision), base=base, created_at=NOON, sign=keys.sign)


def test_a_pack_reads_back_as_it_was_written(tmp_path, keys):
    manifest = written(tmp_path / "x.pack", keys)

    assert is_pack(tmp_path / "x.pack")
    assert verify_pack(tmp_path / "x.pack", keys.check) == manifest
    found = [
        (header, [r for batch in batches for r in batch])
        for header, batches in read_sections(tmp_path / "x.pack")
    ]
    assert [(header, len(records)) for header, records in found] == [(HEADER, 2), (HEADER, 0)]
    assert set(found[0][1]) == set(RECORDS)
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["keys", "x.pack"]


@pytest.mark.parametrize("at", [3, 60, 200, 420, -5])
def test_a_changed_pack_is_refused(tmp_path, keys, at):
    written(tmp_path / "x.pack", keys)
    data = bytearray((tmp_path / "x.pack").read_bytes())
    data[at] ^= 1
    (tmp_path / "x.pack").write_bytes(data)

    with pytest.raises(InvalidError):
        verify_pack(tmp_path / "x.pack", keys.check)


@pytest.mark.parametrize("left", [0, 10, 100, 300, -1])
def test_a_pack_that_is_cut_short_is_refused(tmp_path, keys, left):
    written(tmp_path / "x.pack", keys)
    (tmp_path / "x.pack").write_bytes((tmp_path / "x.pack").read_bytes()[:left])

    with pytest.raises(InvalidError):
        verify_pack(tmp_path / "x.pack", keys.check)


def test_a_pack_signed_by_somebody_else_is_refused_until_they_are_trusted(tmp_path, keys):
    other = FilePackKeys(tmp_path / "other")
    written(tmp_path / "x.pack", other)

    with pytest.raises(InvalidError, match="not trusted"):
        verify_pack(tmp_path / "x.pack", keys.check)
    keys.trust(other.public())

    assert verify_pack(tmp_path / "x.pack", keys.check).revision == 5


def test_a_missing_pack_is_said(tmp_path, keys):
    with pytest.raises(NotFoundError):
        verify_pack(tmp_path / "nowhere", keys.check)
    assert not is_pack(tmp_path / "nowhere")


def test_an_older_pack_and_one_with_a_gap_before_it_are_refused(tmp_path, keys):
    manifest = written(tmp_path / "x.pack", keys, revision=5, base=3)

    refuse_out_of_order(manifest, [PackMark("a", 3)])
    refuse_out_of_order(manifest, [PackMark("a", 5)])
    with pytest.raises(ConflictError, match="older"):
        refuse_out_of_order(manifest, [PackMark("a", 6)])
    with pytest.raises(ConflictError, match="load the pack before it"):
        refuse_out_of_order(manifest, [PackMark("a", 2), PackMark("b", 9)])
