"""Files to and from a server. See `chariot.entrypoints.cli.services`."""

import asyncio
import hashlib
import shutil
import sys
import tempfile
import uuid
from pathlib import Path
from typing import Any

import msgspec

from chariot.entrypoints.cli.remote.connection import Connection
from chariot.entrypoints.cli.remote.records import converted
from chariot.errors import ConfigurationError, InvalidError, NotFoundError, UnavailableError
from chariot.model.keys import Organisation
from chariot.model.states import ImportJobState
from chariot.modules.exchange.exports.service import ExportReport, ExportRequest
from chariot.modules.exchange.reports import ImportReport, UndoReport
from chariot.modules.exchange.whole_file import check_place

_Plain = dict[str, Any]
_FIRST_LOOK_S = 0.05
_LONGEST_LOOK_S = 2.0
_STDIN = STDOUT = "-"
_UNDER_WAY = (ImportJobState.QUEUED, ImportJobState.RUNNING, ImportJobState.CANCELLING)


class _Job(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    state: ImportJobState
    report: ImportReport | None = None
    error: str = ""
    error_place: str = ""


class _Exported(msgspec.Struct, frozen=True, kw_only=True):
    media_type: str
    kinds: tuple[str, ...]
    records: int
    relationships: int


async def export_file(connection: Connection, request: ExportRequest, file: str) -> ExportReport:
    """Write an export; see `download`. What it holds, only the server saw."""
    name = uuid.uuid4().hex
    asked = {
        "kinds": ",".join(request.kinds) or None,
        "filter": request.filter or None,
        "as_of": request.as_of,
        "everything": request.everything or None,
        "report": name,
    }
    size = await download(connection, file, "/api/v1/exports/{format}", request.format, query=asked)
    told = await connection.call(_Exported, "GET", "/api/v1/exports/reports/{report}", name)
    return ExportReport(file=file, format=request.format, size_bytes=size, **msgspec.structs.asdict(told))


async def download(
    connection: Connection, file: str, template: str, *names: str, query: dict[str, Any]
) -> int:
    """Write the answer to *file*, or with `-` to standard output, all of it or nothing; return its size in bytes.

    A file is readable by its owner alone.

    Raises:
        InvalidError: *file* is a folder, its folder is not there, or the server refuses the request.
        ConfigurationError: it cannot be written.
    """
    if file == STDOUT:
        # Nothing goes out before all of it has come: a part must not be taken for the whole.
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "answer"
            await connection.download(path, template, *names, query=query)
            return _copy_out(path)
    path = Path(file)
    try:
        check_place(path)
        await connection.download(path, template, *names, query=query)
        return _size(path)
    except OSError as error:
        raise ConfigurationError(f"cannot write {path}: {error.strerror}") from error


def _copy_out(path: Path) -> int:
    with path.open("rb") as written:
        shutil.copyfileobj(written, sys.stdout.buffer)
    sys.stdout.buffer.flush()
    return _size(path)


def _size(path: Path) -> int:
    return path.stat().st_size


class RemoteImports:
    """See `Imports`: a file is sent as it is, and the server's report is waited for."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def import_file(
        self,
        organisation: Organisation,  # noqa: ARG002 - the connection's
        path: Path,
        *,
        format_name: str = "auto",
        chosen: Any = None,
        complete: bool = False,
        dry_run: bool = False,
        requested_by: str = "import",  # noqa: ARG002 - the server knows who asks
    ) -> ImportReport:
        """See `ImportService.import_file`; *chosen* is the path of a map."""
        content, name = _content(path)
        asked = {
            "file": name,
            "format": format_name,
            "map": await self._map(chosen) if chosen is not None else None,
            "complete": complete or None,
            "dry_run": dry_run or None,
        }
        job = await self._connection.call(
            _Job, "POST", "/api/v1/imports", query=asked, content=content, repeatable=True
        )
        return await self._ended(job, str(path) if str(path) != _STDIN else name)

    async def undo(
        self,
        organisation: Organisation,  # noqa: ARG002 - the connection's
        import_id: str,
        *,
        dry_run: bool = False,
        requested_by: str = "import",  # noqa: ARG002 - the server knows who asks
    ) -> UndoReport:
        """See `ImportService.undo`."""
        plain = await self._connection.call(
            _Plain, "POST", "/api/v1/imports/{id}/undo", import_id, query={"dry_run": dry_run or None}
        )
        return converted(plain, UndoReport)

    async def _ended(self, job: _Job, file: str) -> ImportReport:
        """Return the report of *job* when it has come to its end."""
        wait_s = _FIRST_LOOK_S
        while job.state in _UNDER_WAY:
            await asyncio.sleep(wait_s)
            wait_s = min(_LONGEST_LOOK_S, wait_s * 1.5)
            job = await self._connection.call(_Job, "GET", "/api/v1/importjobs/{id}", job.id)
        if job.state is ImportJobState.DONE and job.report is not None:
            return msgspec.structs.replace(job.report, file=file)
        if job.state is ImportJobState.FAILED:
            raise InvalidError(job.error, place=job.error_place)
        raise UnavailableError(f"the import {job.id} was {job.state.value} at the server")

    async def _map(self, map_file: Path) -> str:
        """Keep a map at the server, under a name that tells its content; return that name."""
        written = _read(map_file)
        name = f"maps/{hashlib.sha256(written).hexdigest()[:32]}.toml"
        asked = {"path": name, "media_type": "application/toml"}
        await self._connection.call(_Plain, "POST", "/api/v1/files", query=asked, content=written)
        return name


def _read(path: Path) -> bytes:
    return path.read_bytes()


def _content(path: Path) -> tuple[Path | bytes, str]:
    """Return what is sent of *path*, and what the file is called."""
    if str(path) == _STDIN:
        return sys.stdin.buffer.read(), "stdin"
    if not path.exists():
        raise NotFoundError(f"there is no file {path}")
    if path.is_dir():
        raise InvalidError("is a folder; name a file", place=str(path))
    try:
        with path.open("rb"):
            return path, path.name
    except OSError as error:
        raise InvalidError(f"cannot be read: {error.strerror}", place=str(path)) from error
