"""Imports: files are sent as they are, read in the background, and can be previewed, paused and taken back."""

import hashlib
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from msgspec import Meta

from chariot.entrypoints.rest.operations import Answer, Call, Operations, StreamedBody
from chariot.entrypoints.rest.problems import MediaTypeError, ReusedKeyError, SlowRequestError
from chariot.entrypoints.rest.routes.exchange import exchange
from chariot.entrypoints.rest.shapes import SHAPES, shown
from chariot.errors import BusyError, ConflictError, InvalidError, NotFoundError, TooLargeError
from chariot.model.kinds.exchange import Import
from chariot.model.kinds.integration import ImportJob
from chariot.model.states import ImportJobState
from chariot.modules.exchange.reports import ImportReport, UndoReport
from chariot.modules.integrations.jobs import Asked, map_text

OPERATIONS = Operations("Imports")
JOB = {"id": "Id of an import job"}
_report = msgspec.json.Decoder(ImportReport)


class ImportParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a file is imported."""

    file: Annotated[str, Meta(max_length=1_000, description="Name of the file", examples=["scan.nessus"])] = (
        "upload"
    )
    format: Annotated[
        str, Meta(max_length=100, description="One of `/importformats`; by default told by its beginning")
    ] = "auto"
    map: Annotated[
        str, Meta(max_length=500, description="Kept file with a map for CSV or JSON of any tool")
    ] = ""
    complete: Annotated[
        bool, Meta(description="The file covers every target it names: close what it no longer reports there")
    ] = False
    dry_run: Annotated[bool, Meta(description="Tell what would change; write nothing")] = False


class UndoParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How an import is taken back."""

    dry_run: Annotated[bool, Meta(description="Tell what would leave; change nothing")] = False


class ImportJobView(msgspec.Struct, frozen=True, kw_only=True):
    """A file on its way in."""

    id: str
    state: ImportJobState
    file: str
    sha256: str
    size_bytes: int
    format: str
    complete: bool
    dry_run: bool
    percent: int
    findings: int
    """Read so far."""
    import_id: str
    """What `undo` is told; empty until something was written."""
    report: ImportReport | None
    """What came of it: the same as `chariot import --json` gives."""
    error: str
    error_place: str
    """Line, offset or record of the error."""
    requested_by: str
    asked_at: datetime | None
    finished_at: datetime | None


class FormatItem(msgspec.Struct, frozen=True):
    """A format that can be read."""

    format: str
    title: str
    written_by: str
    """A command of its tool that writes such a file."""


def job_view(job: ImportJob) -> ImportJobView:
    """Return a job as it is shown."""
    same = {name: getattr(job, name) for name in ImportJobView.__struct_fields__ if name != "report"}
    return ImportJobView(**same, report=_report.decode(job.report) if job.report else None)


@OPERATIONS.add(
    "POST",
    "/api/v1/imports",
    "imports:write",
    data=ImportJobView,
    status=202,
    body=StreamedBody(),
    parameters=ImportParameters,
    errors=(BusyError, NotFoundError, ReusedKeyError, TooLargeError, MediaTypeError, SlowRequestError),
    headers={"idempotency-key": "The same file with the same key is imported once, also after a restart"},
)
async def import_file(call: Call) -> Answer:
    """Import a file of another tool.

    The body is the file as it is, gzip or not, of any content type. The answer comes when all of it was taken in;
    watch `/api/v1/importjobs/{id}`, which ends with the report. With `dry_run` the report is a preview, and `apply`
    imports the same file for real.
    """
    asked: ImportParameters = call.parameters
    services = exchange(call)
    whose = call.caller.organisation
    job_id = _job_id(call)
    known = await services.jobs.find(whose, job_id) if job_id else None
    if known is None:
        job = await services.jobs.accept(
            whose,
            call.body,
            Asked(
                file=asked.file,
                format=asked.format,
                map=await map_text(services.files, whose, asked.map),
                complete=asked.complete,
                dry_run=asked.dry_run,
            ),
            actor=call.caller.user,
            limit_bytes=call.services.limits.upload_bytes,
            job_id=job_id,
        )
        return _told(call, job)
    length = call.headers.get("content-length", "")
    is_same = (known.format, known.complete) == (asked.format, asked.complete)
    if not is_same or (length and length != str(known.size_bytes)):
        raise ReusedKeyError("the Idempotency-Key came before, with another file")
    return _told(call, known, {"idempotency-replayed": "true"})


def _job_id(call: Call) -> str:
    """Return the id that an Idempotency-Key stands for, so that it is known to every server and after a restart."""
    key = call.headers.get("idempotency-key", "")
    if not key:
        return ""
    if len(key) > 200 or not key.isascii() or not key.isprintable():
        raise InvalidError("is not 1 to 200 visible ASCII characters", place="idempotency-key")
    return f"key-{hashlib.sha256(f'{call.caller.user}/{key}'.encode()).hexdigest()[:32]}"


def _told(call: Call, job: ImportJob, headers: dict[str, str] | None = None) -> Answer:
    location = {"location": f"/api/v1/importjobs/{quote(job.id, safe='')}"}
    return call.one(job_view(job), status=202, headers=location | (headers or {}))


@OPERATIONS.add("GET", "/api/v1/importformats", "imports:read", data=list[FormatItem], sighted=True)
async def list_import_formats(call: Call) -> Answer:
    """List the formats that can be imported."""
    formats = exchange(call).imports.formats.values()
    return call.one([FormatItem(one.name, one.title, one.example) for one in formats])


@OPERATIONS.add(
    "GET", "/api/v1/importjobs/{id}", "imports:read", data=ImportJobView, names=JOB, errors=(NotFoundError,)
)
async def read_import_job(call: Call) -> Answer:
    """Tell how far an import is, and what came of it."""
    return call.one(job_view(await exchange(call).jobs.get(call.caller.organisation, call.names["id"])))


async def _ask(call: Call, to: ImportJobState) -> Answer:
    job = await exchange(call).jobs.ask(
        call.caller.organisation, call.names["id"], to, actor=call.caller.user
    )
    return _told(call, job)


_ASK: dict[str, Any] = {
    "data": ImportJobView,
    "names": JOB,
    "status": 202,
    "errors": (NotFoundError, ConflictError, BusyError),
}


@OPERATIONS.add("POST", "/api/v1/importjobs/{id}/pause", "imports:write", **_ASK)
async def pause_import_job(call: Call) -> Answer:
    """Pause an import behind its last batch; what it wrote stays."""
    return await _ask(call, ImportJobState.PAUSED)


@OPERATIONS.add("POST", "/api/v1/importjobs/{id}/resume", "imports:write", **_ASK)
async def resume_import_job(call: Call) -> Answer:
    """Go on with an import that was paused."""
    return await _ask(call, ImportJobState.QUEUED)


@OPERATIONS.add("POST", "/api/v1/importjobs/{id}/cancel", "imports:write", **_ASK)
async def cancel_import_job(call: Call) -> Answer:
    """Stop an import, and take back what it wrote; until that is done it is `cancelling`, then `cancelled`."""
    return await _ask(call, ImportJobState.CANCELLING)


@OPERATIONS.add("POST", "/api/v1/importjobs/{id}/apply", "imports:write", **_ASK)
async def apply_import_job(call: Call) -> Answer:
    """Import for real what a preview looked at, without sending it again."""
    job = await exchange(call).jobs.apply(call.caller.organisation, call.names["id"], actor=call.caller.user)
    return _told(call, job)


@OPERATIONS.add(
    "GET",
    "/api/v1/imports/{id}",
    "imports:read",
    data=SHAPES["import"].type,
    names={"id": "Id of an import"},
    errors=(NotFoundError,),
)
async def read_import(call: Call) -> Answer:
    """Show one import of the ledger."""
    entry: Import = await exchange(call).imports.ledger.get(call.caller.organisation, call.names["id"])
    records = await call.services.store.get(call.caller.organisation, [entry.key])
    return call.one(shown(records[entry.key]))


@OPERATIONS.add(
    "POST",
    "/api/v1/imports/{id}/undo",
    "imports:write",
    data=UndoReport,
    names={"id": "Id of an import"},
    parameters=UndoParameters,
    errors=(NotFoundError, ConflictError),
    unhurried=True,
)
async def undo_import(call: Call) -> Answer:
    """Take an import back; what others confirmed since stays.

    One that was interrupted goes on with the same request.
    """
    asked: UndoParameters = call.parameters
    report = await exchange(call).imports.undo(
        call.caller.organisation, call.names["id"], dry_run=asked.dry_run, requested_by=call.caller.user
    )
    return call.one(report)
