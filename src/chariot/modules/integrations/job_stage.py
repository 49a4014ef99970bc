"""Stage `import`: one job's file is read and written, with its progress told, until it is done or stopped."""

import asyncio
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
import structlog

from chariot.errors import BusyError, ConflictError, InvalidError, NotFoundError, UnavailableError
from chariot.format import Format
from chariot.model.keys import Organisation
from chariot.model.kinds.exchange import Import
from chariot.model.kinds.integration import ImportJob
from chariot.model.states import ImportJobState, ImportState
from chariot.modules.exchange.imports import ImportService
from chariot.modules.exchange.reports import ImportReport
from chariot.modules.files.ports import Blobs
from chariot.modules.integrations.jobs import ImportJobs, MakeMap, blob_of
from chariot.modules.integrations.watching import JobLedger, StoppedError, Watch, Watched
from chariot.modules.surface.query import All, Compare, Query
from chariot.modules.surface.service import SurfaceService
from chariot.modules.surface.states import Refusal
from chariot.modules.work.messages import Message
from chariot.modules.work.queues import IMPORT

ACTOR: Final = "import"
_NOT_HERE: Final = (
    "the file is not kept here: it was let go of, or the folder `files` is not one for all processes"
)
_LOOK_S: Final = 0.5
_TELL_EVERY: Final = 4
"""Looks between two notes of the progress: each note is a version of the job."""
_ATTEMPTS: Final = 5
_log = structlog.get_logger(__name__)


class ImportStage:
    """See `Stage`. A job whose process died is handed out again and goes on behind its last batch."""

    queue = IMPORT

    def __init__(
        self,
        surface: SurfaceService,
        blobs: Blobs,
        jobs: ImportJobs,
        formats: Mapping[str, Format],
        *,
        make_map: MakeMap,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        look_s: float = _LOOK_S,
    ) -> None:
        self._surface = surface
        self._blobs = blobs
        self._jobs = jobs
        self._formats = formats
        self._make_map = make_map
        self._now = now
        self._look_s = look_s

    async def handle(self, message: Message) -> None:
        """See `Stage.handle`; what is wrong with the file is the job's result, and no failed attempt."""
        organisation = message.organisation
        job = await self._jobs.find(organisation, message.body.decode("ascii", "replace"))
        if job is None:
            return
        if job.state is ImportJobState.CANCELLING:
            await self._take_back(organisation, job)
        elif job.state in (ImportJobState.QUEUED, ImportJobState.RUNNING):
            await self._run(organisation, job)

    async def _run(self, organisation: Organisation, job: ImportJob) -> None:
        if job.state is ImportJobState.QUEUED and not await self._move(
            organisation, job, state=ImportJobState.RUNNING
        ):
            return
        watch = Watch(job.size_bytes)
        try:
            report = await self._told(organisation, job, watch)
        except StoppedError:
            await self._stopped(organisation, job, watch)
        except (InvalidError, NotFoundError) as error:
            await self._failed(organisation, job, error)
        else:
            await self._done(organisation, job, report)

    async def _told(self, organisation: Organisation, job: ImportJob, watch: Watch) -> ImportReport:
        """Import the file, and tell how far it is; nothing of that is written any more when this returns."""
        telling = asyncio.create_task(self._accompany(organisation, job, watch))
        try:
            return await self._import(organisation, job, watch)
        finally:
            telling.cancel()
            with suppress(asyncio.CancelledError):
                await telling

    async def _import(self, organisation: Organisation, job: ImportJob, watch: Watch) -> ImportReport:
        formats = {name: Watched(one, watch) for name, one in self._formats.items()}
        chosen = Watched(self._make_map(job.map.encode()), watch) if job.map else None

        async def begun(entry: Import) -> None:
            await self._jobs.set(organisation, job, actor=ACTOR, import_id=entry.id)

        ledger = JobLedger(self._surface, now=self._now, begun=begun)
        service = ImportService(self._surface, formats, ledger=ledger, now=self._now)
        async with self._blobs.local(organisation, blob_of(job)) as path:
            with tempfile.TemporaryDirectory(prefix="chariot-import-") as folder:
                # The ledger, and the reason of what an import closes, name the file as its sender does.
                named = Path(folder) / job.file
                named.symlink_to(path.resolve())
                report = await service.import_file(
                    organisation,
                    named,
                    format_name=job.format,
                    chosen=chosen,
                    complete=job.complete,
                    dry_run=job.dry_run,
                    requested_by=job.requested_by or ACTOR,
                )
        report.file = job.file
        return report

    async def _accompany(self, organisation: Organisation, job: ImportJob, watch: Watch) -> None:
        """Write down how far the reading is, and stop it when somebody asks."""
        told = 0
        looks = 0
        while True:
            await asyncio.sleep(self._look_s)
            looks += 1
            try:
                current = await self._jobs.find(organisation, job.id)
                if current is None or current.state in (ImportJobState.PAUSED, ImportJobState.CANCELLING):
                    watch.stop()
                elif looks % _TELL_EVERY == 0 and watch.percent != told:
                    told = watch.percent
                    await self._jobs.set(
                        organisation, job, actor=ACTOR, percent=told, findings=watch.findings
                    )
            except (BusyError, UnavailableError) as error:
                _log.info("progress_waits", job=job.id, reason=str(error))

    async def _stopped(self, organisation: Organisation, job: ImportJob, watch: Watch) -> None:
        current = await self._jobs.get(organisation, job.id)
        if current.state is ImportJobState.CANCELLING:
            await self._take_back(organisation, current)
        else:
            await self._jobs.set(
                organisation, job, actor=ACTOR, percent=watch.percent, findings=watch.findings
            )

    async def _failed(
        self, organisation: Organisation, job: ImportJob, error: InvalidError | NotFoundError
    ) -> None:
        place = error.place if isinstance(error, InvalidError) else ""
        text = error.message if isinstance(error, InvalidError) else _NOT_HERE
        report = ImportReport(file=job.file, format="", written=False)
        report.refuse(Refusal(place or job.file, text))
        await self._end(
            organisation,
            job,
            state=ImportJobState.FAILED,
            error=text[:2_000],
            error_place=place[:1_000],
            report=_encoded(report),
        )
        await self._blobs.delete(organisation, blob_of(job))

    async def _done(self, organisation: Organisation, job: ImportJob, report: ImportReport) -> None:
        ended = await self._end(
            organisation,
            job,
            state=ImportJobState.DONE,
            percent=100,
            findings=report.findings,
            import_id=report.id,
            report=_encoded(report),
        )
        # After a preview the file stays for a while: a person may say "do it" without sending it again.
        if ended and not job.dry_run:
            await self._blobs.delete(organisation, blob_of(job))

    async def _end(self, organisation: Organisation, job: ImportJob, **fields: object) -> bool:
        """Write down the end, unless somebody cancelled the job at the last moment."""
        if await self._move(organisation, job, **fields, finished_at=self._now()):
            return True
        current = await self._jobs.get(organisation, job.id)
        if current.state is ImportJobState.CANCELLING:
            await self._take_back(organisation, current)
        return False

    async def _move(self, organisation: Organisation, job: ImportJob, **fields: object) -> bool:
        """Set *fields*; False where a person cancelled the job meanwhile."""
        for attempt in range(_ATTEMPTS):
            record = (await self._surface.store.get(organisation, [job.key]))[job.key]
            assert isinstance(record.entity, ImportJob)
            if record.entity.state in (ImportJobState.CANCELLING, ImportJobState.CANCELLED):
                return False
            try:
                await self._jobs.set(organisation, job, actor=ACTOR, if_revision=record.revision, **fields)
            except ConflictError:
                # Its progress, or a person's wish, came in between.
                if attempt == _ATTEMPTS - 1:
                    raise
            else:
                return True
        return False

    async def _take_back(self, organisation: Organisation, job: ImportJob) -> None:
        """Undo what the cancelled job had written, let go of its file, and only then call it cancelled."""
        service = ImportService(self._surface, self._formats, now=self._now)
        undone = job.import_id
        for entry in await self._imports_of(organisation, job, service):
            undone = entry.id
            await service.undo(organisation, entry.id, requested_by=job.requested_by or ACTOR)
        await self._blobs.delete(organisation, blob_of(job))
        await self._jobs.set(
            organisation,
            job,
            actor=ACTOR,
            state=ImportJobState.CANCELLED,
            finished_at=self._now(),
            import_id=undone,
        )

    async def _imports_of(
        self, organisation: Organisation, job: ImportJob, service: ImportService
    ) -> list[Import]:
        """Return what *job* brought and nobody took back: its own import, and one that it went on with."""
        if job.dry_run:
            return []
        states = (ImportState.RUNNING.value, ImportState.UNDOING.value)
        terms = (Compare("sha256", "=", (job.sha256,)), Compare("state", "=", states))
        page = await self._surface.store.find(organisation, Query(kinds=("import",), where=All(terms)))
        found = {one.entity.id: one.entity for one in page.items if isinstance(one.entity, Import)}
        if job.import_id and job.import_id not in found:
            # It may have come to its end at the moment in which the person cancelled it.
            own = await service.ledger.get(organisation, job.import_id)
            if own.state is not ImportState.UNDONE:
                found[own.id] = own
        return list(found.values())


def _encoded(report: ImportReport) -> str:
    return msgspec.json.encode(report).decode()
