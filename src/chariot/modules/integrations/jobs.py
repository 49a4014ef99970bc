"""Import jobs: a file is taken in whole, then imported in the background; it can be paused, resumed and cancelled."""

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from chariot.errors import BusyError, ConflictError, InvalidError, NotFoundError
from chariot.format import Format
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.integration import ImportJob
from chariot.model.observations import Edit
from chariot.model.records import Record
from chariot.model.states import ImportJobState, Status
from chariot.modules.files.ports import Blobs
from chariot.modules.files.service import FileService
from chariot.modules.surface.query import PAGE_LIMIT, Compare, Query
from chariot.modules.surface.service import SurfaceService
from chariot.modules.work.messages import Message
from chariot.modules.work.ports import Publisher
from chariot.modules.work.queues import IMPORT

MakeMap = Callable[[bytes], Format]
"""Makes a format of a map; raises InvalidError where it is none."""

MAP_LIMIT_BYTES: Final = 64_000
_ATTEMPTS: Final = 5
_LOST_AFTER: Final = timedelta(minutes=2)
_SILENT_FOR: Final = timedelta(hours=6)
"""A job that says nothing of itself for so long is worked on no more: its message was given up."""
_KEPT_FOR: Final = timedelta(days=7)
_ENDED: Final = frozenset({ImportJobState.DONE, ImportJobState.FAILED, ImportJobState.CANCELLED})
_STOPPED: Final = frozenset({ImportJobState.CANCELLING, ImportJobState.CANCELLED})
_FROM: Final = {
    ImportJobState.PAUSED: frozenset({ImportJobState.QUEUED, ImportJobState.RUNNING}),
    ImportJobState.CANCELLING: frozenset(
        {ImportJobState.QUEUED, ImportJobState.RUNNING, ImportJobState.PAUSED}
    ),
    ImportJobState.QUEUED: frozenset({ImportJobState.PAUSED}),
}
"""By the state that a person asks for, those it can be asked in."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """How a file shall be imported."""

    file: str = "upload"
    format: str = "auto"
    map: str = ""
    complete: bool = False
    dry_run: bool = False


class ImportJobs:
    """Takes files in and keeps their jobs; the work is `ImportStage`'s."""

    def __init__(
        self,
        surface: SurfaceService,
        blobs: Blobs,
        bus: Publisher,
        *,
        formats: frozenset[str],
        make_map: MakeMap,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        new_id: Callable[[], str] = lambda: secrets.token_hex(8),
    ) -> None:
        """*formats* are the names of those that are installed."""
        self._surface = surface
        self._blobs = blobs
        self._bus = bus
        self._formats = formats
        self._make_map = make_map
        self._now = now
        self._new_id = new_id

    async def accept(
        self,
        organisation: Organisation,
        chunks: AsyncIterator[bytes],
        asked: Asked,
        *,
        actor: str,
        limit_bytes: int,
        job_id: str = "",
    ) -> ImportJob:
        """Take a file in, and have it imported. With a *job_id* that is known, return that job and read nothing.

        Raises:
            InvalidError: the format, the map or the size is wrong; nothing was kept.
            BusyError: the queue is full.
        """
        job = self._job(job_id or self._new_id(), asked, actor)
        if job_id and (known := await self.find(organisation, job_id)) is not None:
            return known
        blob = await self._blobs.put(organisation, blob_of(job), chunks, limit_bytes=limit_bytes)
        job = msgspec.structs.replace(job, sha256=blob.sha256, size_bytes=blob.size_bytes)
        try:
            await self._surface.edit(organisation, [Edit(actor=actor, why="sent", entity=job, if_revision=0)])
        except ConflictError:
            # Another process took the same file in at this moment; it asks for the work, too.
            return await self.get(organisation, job.id)
        await self._publish(organisation, job, str(job.runs))
        return job

    def _job(self, job_id: str, asked: Asked, actor: str) -> ImportJob:
        if asked.map:
            self._make_map(asked.map.encode())
        elif asked.format not in self._formats | {"auto"}:
            raise InvalidError(
                f"no format is called {asked.format[:40]!r}; `chariot import --list` shows them",
                place="format",
            )
        try:
            return ImportJob(
                id=job_id,
                file=file_name(asked.file),
                format=asked.format,
                map=asked.map,
                complete=asked.complete,
                dry_run=asked.dry_run,
                requested_by=actor[:200],
                asked_at=self._now(),
            )
        except ValueError as error:
            field, _, text = str(error).partition(": ")
            raise InvalidError(text or field, place=field if text else "") from None

    async def find(self, organisation: Organisation, job_id: str) -> ImportJob | None:
        """Return a job, None when there is none."""
        record = await self._record(organisation, job_id)
        return record.entity if record is not None and isinstance(record.entity, ImportJob) else None

    async def get(self, organisation: Organisation, job_id: str) -> ImportJob:
        """Return a job.

        Raises:
            NotFoundError: there is none of that id.
        """
        return (await self._known(organisation, job_id))[1]

    async def _known(self, organisation: Organisation, job_id: str) -> tuple[Record, ImportJob]:
        record = await self._record(organisation, job_id)
        if record is None or not isinstance(record.entity, ImportJob):
            raise NotFoundError(f"no import job has the id {job_id[:40]!r}")
        return record, record.entity

    async def ask(
        self, organisation: Organisation, job_id: str, to: ImportJobState, *, actor: str
    ) -> ImportJob:
        """Pause (PAUSED), go on with (QUEUED) or cancel (CANCELLING) a job.

        It is CANCELLED when what it had written was taken back.

        Raises:
            NotFoundError: there is no such job.
            ConflictError: it is in no state in which that can be asked.
        """
        job, is_new = await self._asked(organisation, job_id, to, actor)
        if is_new and to is not ImportJobState.PAUSED:
            await self._publish(organisation, job, str(job.runs))
        return job

    async def _asked(
        self, organisation: Organisation, job_id: str, to: ImportJobState, actor: str
    ) -> tuple[ImportJob, bool]:
        for _ in range(_ATTEMPTS):
            record, job = await self._known(organisation, job_id)
            if job.state is to or {job.state, to} <= _STOPPED:
                return job, False
            if job.state not in _FROM[to]:
                raise ConflictError(f"an import job that is {job.state.value} cannot become {to.value}")
            runs = job.runs + (to is not ImportJobState.PAUSED)
            with suppress(ConflictError):
                # Its worker may tell how far it is in between; then it is asked again.
                return await self.set(
                    organisation, job, actor=actor, if_revision=record.revision, state=to, runs=runs
                ), True
        raise BusyError("the import job changes too quickly to be asked")

    async def apply(self, organisation: Organisation, job_id: str, *, actor: str) -> ImportJob:
        """Import for real what a preview looked at, without sending the file again.

        Raises:
            NotFoundError: there is no such job, or its file is not kept any more.
            ConflictError: it was no preview, is not done, or somebody else asked at this moment.
        """
        record, job = await self._known(organisation, job_id)
        if not job.dry_run or job.state is not ImportJobState.DONE:
            raise ConflictError("only a preview that is done can be imported so")
        if await self._blobs.size(organisation, blob_of(job)) is None:
            raise NotFoundError("the file is not kept any more; send it again")
        job = await self.set(
            organisation,
            job,
            actor=actor,
            if_revision=record.revision,
            dry_run=False,
            state=ImportJobState.QUEUED,
            percent=0,
            findings=0,
            report="",
            finished_at=None,
            runs=job.runs + 1,
        )
        await self._publish(organisation, job, str(job.runs))
        return job

    async def set(
        self,
        organisation: Organisation,
        job: ImportJob,
        *,
        actor: str,
        if_revision: int | None = None,
        **fields: Any,
    ) -> ImportJob:
        """Write down how a job goes on, and return it."""
        plain: dict[str, Any] = msgspec.to_builtins(fields)
        edit = Edit(
            actor=actor, why=f"import job {job.id}", key=Key(job.key), fields=plain, if_revision=if_revision
        )
        await self._surface.edit(organisation, [edit])
        return msgspec.structs.replace(job, **fields)

    async def tidy(self, organisation: Organisation) -> int:
        """Put to work what a crash left without a message, and let go of files that nobody needs; return how many.

        What runs and was given up is told as failed.
        """
        done = 0
        cursor = ""
        now = self._now()
        query = Query(
            kinds=("importjob",), where=Compare("asked_at", "<", (now - _LOST_AFTER,)), limit=PAGE_LIMIT
        )
        while True:
            page = await self._surface.store.find(organisation, msgspec.structs.replace(query, cursor=cursor))
            for record in page.items:
                job = record.entity
                if isinstance(job, ImportJob):
                    done += await self._tidy(organisation, record, job, now)
            cursor = page.cursor
            if not cursor:
                return done

    async def _tidy(self, organisation: Organisation, record: Record, job: ImportJob, now: datetime) -> int:
        if job.state in (ImportJobState.QUEUED, ImportJobState.CANCELLING):
            if record.updated < now - _LOST_AFTER:
                # A message that still waits is known by its id, and not kept twice.
                await self._publish(organisation, job, str(job.runs))
            return 0
        if job.state is ImportJobState.RUNNING and record.updated < now - _SILENT_FOR:
            await self.set(
                organisation,
                job,
                actor="schedule",
                if_revision=record.revision,
                state=ImportJobState.FAILED,
                error="the work at it was given up: see the dead letters of the queue `import`, and send it again",
                finished_at=now,
            )
            return 0
        if job.state in _ENDED and record.updated < now - _KEPT_FOR:
            await self._blobs.delete(organisation, blob_of(job))
            edit = Edit(
                actor="schedule", why="ended long ago", key=record.key, status=Status.GONE,
                if_revision=record.revision,
            )  # fmt: skip
            await self._surface.edit(organisation, [edit])
            return 1
        return 0

    async def _publish(self, organisation: Organisation, job: ImportJob, run: str) -> None:
        message = Message(
            queue=IMPORT,
            id=f"{job.id}-{run}",
            organisation=organisation,
            # The same bytes are never imported twice at once.
            order_key=job.sha256 or job.id,
            body=job.id.encode(),
        )
        await self._bus.publish([message])

    async def _record(self, organisation: Organisation, job_id: str) -> Record | None:
        try:
            key = ImportJob(id=job_id).key
        except ValueError:
            return None
        return (await self._surface.store.get(organisation, [key])).get(key)


def blob_of(job: ImportJob) -> str:
    """Return the name of the blob that holds a job's file."""
    return f"import-{job.id}"


async def map_text(files: FileService, organisation: Organisation, path: str) -> str:
    """Return the map that is kept as the file *path*, nothing when that is empty.

    Raises:
        NotFoundError: there is no such file.
        InvalidError: it is too large for a map, or is not UTF-8.
    """
    if not path:
        return ""
    file, chunks = await files.read(organisation, path)
    if file.size_bytes > MAP_LIMIT_BYTES:
        raise InvalidError(f"a map has {MAP_LIMIT_BYTES:,} bytes at most", place="map")
    try:
        return b"".join([chunk async for chunk in chunks]).decode()
    except UnicodeDecodeError:
        raise InvalidError("is not UTF-8", place="map") from None


def file_name(given: str) -> str:
    r"""Return a file's name without its folders, harmless and not too long.

    >>> file_name("../../etc/pass\nwd"), file_name(""), file_name("..")
    ('pass?wd', 'upload', 'upload')
    """
    name = given.replace("\\", "/").rstrip("/").rpartition("/")[2]
    name = "".join(letter if letter.isprintable() else "?" for letter in name)
    # File systems take 255 bytes.
    name = name.encode("utf-8", "replace")[-200:].decode("utf-8", "ignore")
    return name if name.strip(". ") else "upload"
