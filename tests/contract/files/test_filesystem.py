import os
from pathlib import Path

import pytest
from blobs_contract import ACME, LIMIT, BlobsContract, chunks, failing

from chariot.adapters.filesystem.blobs import FolderBlobs
from chariot.errors import InvalidError, UnavailableError


class TestFolder(BlobsContract):
    @pytest.fixture
    def blobs(self, tmp_path: Path) -> FolderBlobs:
        return FolderBlobs(tmp_path / "blobs")


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_only_the_owner_can_read_and_nothing_half_stays(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path / "blobs")
    await blobs.put(ACME, "a", chunks(b"x"), limit_bytes=LIMIT)
    with pytest.raises(InvalidError):
        await blobs.put(ACME, "b", failing(), limit_bytes=LIMIT)

    (file,) = files_below(tmp_path)

    assert (file.name, file.stat().st_mode & 0o777) == ("a", 0o600)


async def test_what_a_dead_process_had_begun_is_removed_after_a_day(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)
    folder = tmp_path / "x"
    folder.mkdir()
    old, young = folder / ".1.part", folder / ".2.part"
    old.write_bytes(b"half")
    young.write_bytes(b"half")
    os.utime(old, (0, 0))

    assert await blobs.tidy() == 1
    assert [path.name for path in folder.iterdir()] == [".2.part"]


async def test_a_folder_that_cannot_be_written_is_away(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("a file stands here")

    with pytest.raises(UnavailableError, match="folder of files"):
        await FolderBlobs(tmp_path / "blobs").put(ACME, "a", chunks(b"x"), limit_bytes=LIMIT)
