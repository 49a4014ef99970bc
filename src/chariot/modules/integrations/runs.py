"""One run of one integration, by its type."""

import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from chariot.errors import InvalidError
from chariot.model.keys import Organisation
from chariot.model.kinds.integration import Integration
from chariot.modules.exchange.exports.service import ExportService
from chariot.modules.exchange.imports import ImportService
from chariot.modules.files.service import FileService
from chariot.modules.integrations.by_clock import ReportRun, ScanRun, StartScan, refuse_scan
from chariot.modules.integrations.code_scanning import CodeHostOptions, CodeScanning
from chariot.modules.integrations.jobs import MakeMap, file_name, map_text
from chariot.modules.integrations.ports import Systems
from chariot.modules.integrations.tickets import TicketOptions, TicketSync
from chariot.modules.integrations.types import (
    GITHUB,
    GITHUB_ADDRESS,
    JIRA,
    URL,
    GitHubChoices,
    JiraChoices,
    ReportChoices,
    ScanChoices,
    UrlChoices,
    choices_of,
)
from chariot.modules.risk.service import RiskService
from chariot.modules.surface.service import SurfaceService

_MEGABYTE = 1_000_000


class Ran(msgspec.Struct):
    """What a run did so far, also when it fails in the middle."""

    counts: Counter[str] = msgspec.field(default_factory=Counter)
    message: str = ""
    memory: dict[str, str] | None = None
    """What the next run is told; None leaves it as it is."""


class Runs:
    """Runs integrations of all types."""

    def __init__(
        self,
        surface: SurfaceService,
        risks: RiskService,
        imports: ImportService,
        exports: ExportService,
        systems: Systems,
        files: FileService,
        *,
        make_map: MakeMap,
        start_scan: StartScan = refuse_scan,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._surface = surface
        self._risks = risks
        self._imports = imports
        self._exports = exports
        self._systems = systems
        self._files = files
        self._make_map = make_map
        self._reports = ReportRun(exports, files, surface.store, now=now)
        self._scans = ScanRun(start_scan)
        self._now = now

    async def test(self, integration: Integration, secret: str) -> str:
        """Return what the other system says to a request that changes nothing. See `IntegrationService.test`."""
        match integration.type, choices_of(integration):
            case str(kind), JiraChoices() if kind == JIRA:
                async with self._systems.tracker(integration.address, secret, integration.options) as tracker:
                    return f"Jira knows us as {await tracker.check()}"
            case str(kind), GitHubChoices() if kind == GITHUB:
                address = integration.address or GITHUB_ADDRESS
                async with self._systems.code_host(address, secret, integration.options) as host:
                    return f"GitHub shows us {await host.check()}"
            case str(kind), UrlChoices() as chosen if kind == URL:
                with tempfile.TemporaryDirectory(prefix="chariot-test-") as folder:
                    fetched = await self._systems.downloads.fetch(
                        integration.address,
                        Path(folder) / "file",
                        headers=_proof(chosen, secret),
                        etag="",
                        modified="",
                        limit_bytes=chosen.limit_mb * _MEGABYTE,
                    )
                return f"there is a file of {fetched.size_bytes if fetched else 0:,} bytes"
            case _, ReportChoices() as chosen:
                return f"it would write: {self._exports.exporter(chosen.format).title}"
            case _, ScanChoices() as chosen:
                return f"it would look at {chosen.seeds or 'all that is known'}"
        return "it waits for others to send"

    async def run(self, organisation: Organisation, integration: Integration, secret: str, ran: Ran) -> None:
        """Run *integration*, and write into *ran* what was done."""
        match choices_of(integration):
            case JiraChoices() as chosen:
                await self._jira(organisation, integration, secret, chosen, ran)
            case GitHubChoices() as chosen:
                await self._github(organisation, integration, secret, chosen, ran)
            case UrlChoices() as chosen:
                await self._url(organisation, integration, secret, chosen, ran)
            case ReportChoices() as chosen:
                ran.counts, ran.message = await self._reports.run(organisation, integration.label, chosen)
            case ScanChoices() as chosen:
                ran.counts, ran.message = await self._scans.run(organisation, integration.label, chosen)
            case _:
                raise InvalidError(f"nothing runs for the type {integration.type}", place="type")

    async def _jira(
        self, organisation: Organisation, integration: Integration, secret: str, chosen: JiraChoices, ran: Ran
    ) -> None:
        options = TicketOptions(filter=chosen.filter, at_most=chosen.at_most, accept_days=chosen.accept_days)
        async with self._systems.tracker(integration.address, secret, integration.options) as tracker:
            sync = TicketSync(
                self._surface,
                self._risks,
                tracker,
                organisation,
                integration.label,
                options,
                now=self._now,
            )
            ran.counts = sync.counts
            await sync.run()
        if sync.failures.count:
            ran.counts["failed"] = sync.failures.count
        ran.message = "; ".join((_told(ran.counts), *sync.failures.texts))

    async def _github(
        self,
        organisation: Organisation,
        integration: Integration,
        secret: str,
        chosen: GitHubChoices,
        ran: Ran,
    ) -> None:
        address = integration.address or GITHUB_ADDRESS
        options = CodeHostOptions(
            repository=chosen.repository,
            ref=chosen.ref,
            # The API of github.com is at a name of its own, that of a server of one's own below its name.
            host=urlsplit(address).netloc.removeprefix("api."),
            filter=chosen.filter,
            pull=chosen.pull,
        )
        async with self._systems.code_host(address, secret, integration.options) as host:
            scanning = CodeScanning(host, self._exports, self._imports)
            ran.counts = scanning.counts
            if chosen.push:
                ran.memory = await scanning.push(organisation, options, integration.memory)
            await scanning.pull(organisation, options, f"integration:{integration.label}")
        ran.message = _told(ran.counts)

    async def _url(
        self, organisation: Organisation, integration: Integration, secret: str, chosen: UrlChoices, ran: Ran
    ) -> None:
        memory = integration.memory
        map_toml = await map_text(self._files, organisation, chosen.map)
        name = file_name(integration.address.partition("?")[0].partition("#")[0])
        with tempfile.TemporaryDirectory(prefix="chariot-fetch-") as folder:
            path = Path(folder) / name
            fetched = await self._systems.downloads.fetch(
                integration.address,
                path,
                headers=_proof(chosen, secret),
                etag=memory.get("etag", ""),
                modified=memory.get("modified", ""),
                limit_bytes=chosen.limit_mb * _MEGABYTE,
            )
            if fetched is None:
                ran.message = "it is as it was"
                return
            report = await self._imports.import_file(
                organisation,
                path,
                format_name=chosen.format,
                chosen=self._make_map(map_toml.encode()) if map_toml else None,
                complete=chosen.complete,
                requested_by=f"integration:{integration.label}",
            )
        ran.counts = Counter({name: number for name, number in report.counts().items() if number})
        ran.memory = {"etag": fetched.etag, "modified": fetched.modified}
        ran.message = f"{report.format}: {report.sentence()}; import {report.id}"


def _proof(chosen: UrlChoices, secret: str) -> Mapping[str, str]:
    """Return the header that proves who we are."""
    if not secret:
        return {}
    if chosen.header.lower() == "authorization" and " " not in secret:
        return {"Authorization": f"Bearer {secret}"}
    return {chosen.header: secret}


def _told(counts: Mapping[str, int]) -> str:
    said = ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in counts.items() if number)
    return said or "nothing had to be done"
