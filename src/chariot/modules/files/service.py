"""Files of an organisation: content among the blobs, name and digest as an entity like any other."""

import hashlib
from collections.abc import AsyncIterator

import msgspec

from chariot.errors import ConflictError, InvalidError, NotFoundError
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.work import File
from chariot.model.observations import Edit
from chariot.model.records import Record
from chariot.model.states import Status
from chariot.modules.files.ports import Blob, Blobs
from chariot.modules.surface.service import SurfaceService

PATH_LIMIT = 500


class FileService:
    """Keeps, gives and lets go of files."""

    def __init__(self, surface: SurfaceService, blobs: Blobs) -> None:
        self._surface = surface
        self._blobs = blobs

    async def keep(
        self,
        organisation: Organisation,
        path: str,
        chunks: AsyncIterator[bytes],
        *,
        media_type: str = "application/octet-stream",
        limit_bytes: int,
        actor: str,
    ) -> Record:
        """Keep *chunks* as the file *path*; the same content again changes nothing.

        Raises:
            InvalidError: *path* is no name of a file, or there are more than *limit_bytes*.
            ConflictError: another content is kept under that name; delete it first.
        """
        file = _file(path, media_type=media_type)
        name = blob_name(path)
        held = (await self._surface.store.get(organisation, [file.key])).get(file.key)
        # Until its content is known to be the same, what is there already must not be touched.
        incoming = f"{name}.new" if held is not None and held.status is not Status.GONE else name
        blob = await self._blobs.put(organisation, incoming, chunks, limit_bytes=limit_bytes)
        if incoming != name:
            await self._blobs.delete(organisation, incoming)
            assert held is not None and isinstance(held.entity, File)  # noqa: PT018 - one state of affairs
            if held.entity.sha256 != blob.sha256:
                raise ConflictError(f"another file is kept as {path}; delete it first")
            return held
        return await self._named(organisation, file, blob, actor)

    async def replace(
        self, organisation: Organisation, path: str, data: bytes, *, media_type: str, actor: str
    ) -> Record:
        """Keep *data* as the file *path*, in place of what was there; the same content again changes nothing.

        Raises:
            InvalidError: *path* is no name of a file.
        """
        file = _file(path, media_type=media_type)
        blob = await self._blobs.put(organisation, blob_name(path), _once(data), limit_bytes=len(data))
        return await self._named(organisation, file, blob, actor)

    async def _named(self, organisation: Organisation, file: File, blob: Blob, actor: str) -> Record:
        kept = msgspec.structs.replace(file, sha256=blob.sha256, size_bytes=blob.size_bytes)
        fields = {spec.name: getattr(kept, spec.name) for spec in kept.specs if not spec.mark.identity}
        edit = Edit(actor=actor, why="kept", entity=kept, fields=fields, status=Status.ACTIVE)
        await self._surface.edit(organisation, [edit])
        return (await self._surface.store.get(organisation, [kept.key]))[kept.key]

    async def read(
        self, organisation: Organisation, path: str, *, start: int = 0
    ) -> tuple[File, AsyncIterator[bytes]]:
        """Return a file and its content from *start* on.

        Raises:
            NotFoundError: there is no such file.
        """
        file = await self.get(organisation, path)
        if await self._blobs.size(organisation, blob_name(path)) is None:
            raise NotFoundError(f"the content of {path} is not there any more")
        return file, self._blobs.get(organisation, blob_name(path), start=start)

    async def get(self, organisation: Organisation, path: str) -> File:
        """Return a file.

        Raises:
            NotFoundError: there is no such file.
        """
        key = _file(path).key
        record = (await self._surface.store.get(organisation, [key])).get(key)
        if record is None or record.status is Status.GONE or not isinstance(record.entity, File):
            raise NotFoundError(f"there is no file {path[:200]}")
        return record.entity

    async def delete(self, organisation: Organisation, path: str, *, actor: str, why: str = "") -> None:
        """Let go of a file; history keeps that it was there, and its digest.

        Raises:
            NotFoundError: there is no such file.
        """
        file = await self.get(organisation, path)
        edit = Edit(actor=actor, why=why, key=Key(file.key), status=Status.GONE)
        await self._surface.edit(organisation, [edit])
        await self._blobs.delete(organisation, blob_name(path))


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


def blob_name(path: str) -> str:
    """Return the name of the blob that holds the content of the file *path*."""
    return f"file-{hashlib.sha256(path.encode()).hexdigest()}"


def _file(path: str, media_type: str = "") -> File:
    parts = path.split("/")
    if len(path) > PATH_LIMIT or any(part in ("", ".", "..") for part in parts) or "\\" in path:
        raise InvalidError(
            f"is not a name such as reports/2026-01.html, {PATH_LIMIT} characters at most", place="path"
        )
    try:
        return File(path=path, media_type=media_type)
    except ValueError as error:
        field, _, text = str(error).partition(": ")
        raise InvalidError(text, place=field) from None
