from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chariot.adapters.filesystem.blobs import FolderBlobs
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.errors import ConflictError, InvalidError, NotFoundError
from chariot.model.keys import Organisation
from chariot.modules.files.service import FileService
from chariot.modules.surface.service import SurfaceService

ACME = Organisation("acme")


async def chunks(data: bytes) -> AsyncIterator[bytes]:
    yield data


@pytest.fixture
async def files(tmp_path: Path) -> AsyncIterator[FileService]:
    store = SqliteEntityStore(SqliteDatabase(tmp_path / "t.db"))
    yield FileService(SurfaceService(store), FolderBlobs(tmp_path / "blobs"))
    await store.close()


async def keep(files: FileService, path: str, data: bytes, limit_bytes: int = 1_000) -> None:
    await files.keep(ACME, path, chunks(data), limit_bytes=limit_bytes, actor="ann")


async def test_a_file_is_given_back_with_its_digest(files: FileService) -> None:
    await keep(files, "reports/may.html", b"<p>May</p>")

    file, content = await files.read(ACME, "reports/may.html")

    assert b"".join([chunk async for chunk in content]) == b"<p>May</p>"
    assert (file.size_bytes, len(file.sha256)) == (10, 64)


async def test_a_picture_takes_the_place_of_the_one_before(files: FileService) -> None:
    await files.replace(ACME, "pictures/a.png", b"one", media_type="image/png", actor="screenshot")
    record = await files.replace(ACME, "pictures/a.png", b"two", media_type="image/png", actor="screenshot")
    again = await files.replace(ACME, "pictures/a.png", b"two", media_type="image/png", actor="screenshot")

    _, content = await files.read(ACME, "pictures/a.png")
    assert b"".join([chunk async for chunk in content]) == b"two"
    assert again.revision == record.revision


async def test_the_same_again_is_harmless_and_another_content_is_a_conflict(files: FileService) -> None:
    await keep(files, "a.txt", b"one")
    await keep(files, "a.txt", b"one")

    with pytest.raises(ConflictError, match="delete it first"):
        await keep(files, "a.txt", b"two")

    _, content = await files.read(ACME, "a.txt")
    assert b"".join([chunk async for chunk in content]) == b"one"


async def test_what_was_deleted_can_be_kept_anew(files: FileService) -> None:
    await keep(files, "a.txt", b"one")
    await files.delete(ACME, "a.txt", actor="ann")
    with pytest.raises(NotFoundError):
        await files.get(ACME, "a.txt")

    await keep(files, "a.txt", b"two")

    assert (await files.get(ACME, "a.txt")).size_bytes == 3


async def test_another_organisation_has_no_such_file(files: FileService) -> None:
    await keep(files, "a.txt", b"one")

    with pytest.raises(NotFoundError):
        await files.read(Organisation("other"), "a.txt")


@pytest.mark.parametrize("path", ["", "/", "/a", "a/", "a//b", "../a", "a/../b", "a\\b", "a" * 501, "a\nb"])
async def test_a_path_is_a_plain_name(files: FileService, path: str) -> None:
    with pytest.raises(InvalidError):
        await keep(files, path, b"x")


async def test_a_file_that_is_too_large_leaves_nothing(files: FileService) -> None:
    with pytest.raises(InvalidError, match="larger"):
        await keep(files, "a.txt", b"x" * 11, limit_bytes=10)

    with pytest.raises(NotFoundError):
        await files.get(ACME, "a.txt")
