"""Findings to a code host and back: SARIF out, alerts in."""

import asyncio
import gzip
import hashlib
import io
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from chariot.errors import InvalidError, UnavailableError
from chariot.model.keys import Organisation
from chariot.modules.exchange.exports.service import ExportRequest, ExportService
from chariot.modules.exchange.imports import ImportService
from chariot.modules.integrations.ports import CodeHost
from chariot.modules.integrations.types import CODE

_POLLS: Final = 30
_POLL_S: Final = 2.0
_ALERTS_LIMIT_BYTES: Final = 500_000_000
OURS: Final = "Chariot"
"""The tool that our own findings have at the host."""
_encode = msgspec.json.Encoder().encode


class CodeHostOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What goes out and what comes in."""

    repository: str
    ref: str = "refs/heads/main"
    host: str = "github.com"
    """Where the repository's web pages are: files that are known with it stand below `host/owner/name/`."""
    filter: str = CODE
    """Which risks go out."""
    pull: str = ""
    """Which alerts come in: `code-scanning`, `dependabot`, `secret-scanning`, separated by commas."""


class CodeScanning:
    """One run with one code host."""

    def __init__(
        self,
        host: CodeHost,
        exports: ExportService,
        imports: ImportService,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._host = host
        self._exports = exports
        self._imports = imports
        self._sleep = sleep
        self.counts: Counter[str] = Counter()

    async def push(
        self, organisation: Organisation, options: CodeHostOptions, memory: Mapping[str, str]
    ) -> dict[str, str]:
        """Send the chosen risks as SARIF unless the host has just these; return what the next run remembers.

        Raises:
            InvalidError: the host cannot take them; the text has its reasons.
            UnavailableError: the host is away, or takes too long.
        """
        sink = io.BytesIO()
        request = ExportRequest(format="sarif", filter=options.filter or CODE)
        await self._exports.export(organisation, request, sink)
        sarif, count = await asyncio.to_thread(
            _of_repository, sink.getvalue(), options.host, options.repository
        )
        commit = await self._host.head(options.ref)
        digest = hashlib.sha256(commit.encode() + sarif).hexdigest()
        if memory.get("sent") == digest:
            self.counts["unchanged"] += 1
            return dict(memory)
        # The time of packing would make equal files differ.
        packed = await asyncio.to_thread(lambda: gzip.compress(sarif, mtime=0))
        await self._processed(await self._host.upload(commit, options.ref, packed))
        self.counts["sent"] += count
        return dict(memory) | {"sent": digest}

    async def _processed(self, upload_id: str) -> None:
        for _ in range(_POLLS):
            state = await self._host.processing(upload_id)
            if state.is_done:
                if state.errors:
                    raise InvalidError("the code host refused it: " + _harmless("; ".join(state.errors)))
                return
            await self._sleep(_POLL_S)
        raise UnavailableError(f"the code host was not done with it after {_POLLS * _POLL_S:.0f} s")

    async def pull(self, organisation: Organisation, options: CodeHostOptions, actor: str) -> None:
        """Import the host's alerts.

        Raises:
            InvalidError, UnavailableError: see `CodeHost.alerts` and `ImportService.import_file`.
        """
        kinds = [kind.strip() for kind in options.pull.split(",") if kind.strip()]
        for kind in kinds:
            with tempfile.TemporaryDirectory(prefix="chariot-pull-") as folder:
                path = Path(folder) / f"{kind}-alerts.json"
                if not await self._write(kind, path):
                    continue
                report = await self._imports.import_file(
                    organisation, path, format_name="github", requested_by=actor
                )
            self.counts.update({name: number for name, number in report.counts().items() if number})

    async def _write(self, kind: str, path: Path) -> int:
        """Write all alerts as one list, and return how many there are."""
        count = size = 0
        with path.open("wb") as file:
            file.write(b"[")
            async for alerts in self._host.alerts(kind):
                page = [alert for alert in alerts if not _is_ours(alert)]
                data = b",".join(map(_encode, page))
                size += len(data)
                if size > _ALERTS_LIMIT_BYTES:
                    raise InvalidError(
                        f"the code host has more than {_ALERTS_LIMIT_BYTES:,} bytes of alerts", place="pull"
                    )
                if data:
                    file.write((b"," if count else b"") + data)
                count += len(page)
            file.write(b"]")
        return count


def _of_repository(sarif: bytes, host: str, repository: str) -> tuple[bytes, int]:
    """Return the open results that may be the repository's, with paths from its root, and how many there are.

    Which alerts are closed, the host knows by what an upload does not have. A file of another repository is none of
    its files; of one that no repository is known of, the path is its path.
    """
    home, others = f"{host}/{repository}/".casefold(), f"{host}/".casefold()
    document = msgspec.json.decode(sarif)
    count = 0
    for run in document["runs"]:
        kept = []
        for result in run["results"]:
            physical = result["locations"][0]["physicalLocation"]
            # GitHub shows no result without a line.
            physical.setdefault("region", {"startLine": 1})
            place = physical["artifactLocation"]
            uri = place["uri"]
            if uri.casefold().startswith(home):
                place["uri"] = uri[len(home) :]
            elif uri.casefold().startswith(others):
                continue
            if result["kind"] == "fail" and not result.get("suppressions"):
                kept.append(result)
        run["results"] = kept
        count += len(kept)
    return _encode(document), count


def _is_ours(alert: Any) -> bool:
    """Tell whether an alert is a risk that was sent from here: it would come back as another one."""
    tool = alert.get("tool") if isinstance(alert, dict) else None
    return isinstance(tool, dict) and tool.get("name") == OURS


def _harmless(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)[:500]
