"""What comes in from and goes out to other systems: files, import jobs, exports, integrations, hooks."""

import importlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from chariot.adapters.filesystem.blobs import FolderBlobs
from chariot.bootstrap.engines import Engines
from chariot.format import Format
from chariot.model.keys import Organisation
from chariot.modules.exchange.exports.contract import Exporter
from chariot.modules.exchange.exports.service import ExportService, installed_exporters
from chariot.modules.exchange.imports import ImportService
from chariot.modules.files.service import FileService
from chariot.modules.integrations.by_clock import StartScan
from chariot.modules.integrations.hooks import Hooks
from chariot.modules.integrations.job_stage import ImportStage
from chariot.modules.integrations.jobs import ImportJobs
from chariot.modules.integrations.ports import CodeHost, Downloads, Fetched, Systems, Tracker
from chariot.modules.integrations.runs import Runs
from chariot.modules.integrations.service import IntegrateStage, IntegrationService
from chariot.modules.integrations.watching import PlainLedger
from chariot.modules.risk.service import RiskService
from chariot.modules.surface.service import SurfaceService
from chariot.modules.work.stages import Stage
from chariot.settings import Settings


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """The services of files and other systems, and the stages that work for them."""

    files: FileService
    exports: ExportService
    jobs: ImportJobs
    integrations: IntegrationService
    hooks: Hooks
    stages: tuple[Stage, ...]
    blobs: FolderBlobs

    async def tick(self, organisation: Organisation) -> None:
        """Do what the clock asks for: runs that are due, jobs that a crash left, files that nobody needs."""
        await self.integrations.publish_due(organisation)
        await self.jobs.tidy(organisation)

    async def keep(self, organisation: Organisation) -> None:
        """Remove what uploads that never ended left on the disk; once a day is enough."""
        del organisation
        await self.blobs.tidy()


class _LateExporters(Mapping[str, Exporter]):
    """The export formats, loaded when the first is needed: some load a template engine."""

    def __init__(self) -> None:
        self._found: dict[str, Exporter] | None = None

    def _all(self) -> dict[str, Exporter]:
        if self._found is None:
            self._found = installed_exporters()
        return self._found

    def __getitem__(self, name: str) -> Exporter:
        return self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


class _LateSystems:
    """Connections that are made when the first is needed: their library takes longer to load than all the rest."""

    def __init__(self, make: Callable[[], Systems]) -> None:
        self._make = make
        self._made: Systems | None = None

    def _systems(self) -> Systems:
        if self._made is None:
            self._made = self._make()
        return self._made

    @asynccontextmanager
    async def tracker(self, address: str, secret: str, options: Mapping[str, str]) -> AsyncIterator[Tracker]:
        """See `Systems.tracker`."""
        async with self._systems().tracker(address, secret, options) as tracker:
            yield tracker

    def code_host(
        self, address: str, secret: str, options: Mapping[str, str]
    ) -> AbstractAsyncContextManager[CodeHost]:
        """See `Systems.code_host`."""
        return self._systems().code_host(address, secret, options)

    @property
    def downloads(self) -> Downloads:
        """See `Systems.downloads`."""
        return self

    async def fetch(self, address: str, to: Path, **asked: Any) -> Fetched | None:
        """See `Downloads.fetch`."""
        return await self._systems().downloads.fetch(address, to, **asked)


def make_exchange(
    settings: Settings,
    surface: SurfaceService,
    engines: Engines,
    risks: RiskService,
    imports: ImportService,
    reveal: Callable[[Organisation, str], str],
    start_scan: StartScan,
) -> Exchange:
    """Return the services of files and other systems."""

    def systems() -> Systems:
        guard = importlib.import_module("chariot.adapters.webhook.guard").Guard(settings.webhook_networks)
        outgoing = importlib.import_module("chariot.adapters.outgoing.client").Outgoing(
            guard, now=engines.now, places=engines.breakers.integrations
        )
        made: Systems = importlib.import_module("chariot.adapters.outgoing.systems").HttpSystems(outgoing)
        return made

    def make_map(toml: bytes) -> Format:
        made: Format = importlib.import_module("chariot.formats.mapped").Mapped.from_toml(toml)
        return made

    blobs = FolderBlobs(settings.home_path / "files")
    files = FileService(surface, blobs)
    exports = ExportService(surface.store, _LateExporters(), now=engines.now)
    names = frozenset(imports.formats)
    jobs = ImportJobs(surface, blobs, engines.bus, formats=names, make_map=make_map, now=engines.now)
    late = _LateSystems(systems)
    ledger = PlainLedger(surface, now=engines.now)
    fetched = ImportService(surface, imports.formats, ledger=ledger, now=engines.now)
    runs = Runs(
        surface,
        risks,
        fetched,
        exports,
        late,
        files,
        make_map=make_map,
        start_scan=start_scan,
        now=engines.now,
    )
    integrations = IntegrationService(
        surface, runs, engines.bus, engines.leases, reveal=reveal, now=engines.now
    )
    return Exchange(
        files=files,
        exports=exports,
        blobs=blobs,
        jobs=jobs,
        integrations=integrations,
        hooks=Hooks(integrations, jobs, files, now=engines.now),
        stages=(
            ImportStage(surface, blobs, jobs, imports.formats, make_map=make_map, now=engines.now),
            IntegrateStage(integrations),
        ),
    )
