"""A small application with the real stores, bus and pipeline, and a way to run commands against it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chariot.adapters.graph_memory.graph import MemoryGraph
from chariot.adapters.keyfile.audit import FileAnchors, FileSigner
from chariot.adapters.keyfile.signing import FilePackKeys
from chariot.adapters.local_bus.bus import LocalBus
from chariot.adapters.local_bus.checkpoints import SqliteCheckpoints
from chariot.adapters.sqlite.audit import SqliteAuditLog
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.entrypoints.cli.invocation import Invocation
from chariot.entrypoints.cli.main import main
from chariot.entrypoints.cli.terminal import Output
from chariot.errors import InvalidError, NotFoundError
from chariot.model.evidence import Banner
from chariot.model.keys import SHARED, Key, Organisation
from chariot.model.kinds.network import Address, Certificate, DnsRecord, Domain, Port, WebApplication
from chariot.model.kinds.weakness import Factor, Risk, Technology, Vulnerability
from chariot.model.kinds.work import AlertRule, Job, Seed
from chariot.model.observations import Edit, Observations
from chariot.model.relationships import Relationship, RelationshipType
from chariot.model.states import Decision, Outcome, Severity
from chariot.modules.audit.service import AuditService
from chariot.modules.discovery.ownership import OwnershipService
from chariot.modules.exchange.imports import ImportReport, UndoReport
from chariot.modules.graph.service import GraphService
from chariot.modules.intel.aliases import Aliases
from chariot.modules.intel.memory import MemoryIntelStore
from chariot.modules.intel.ports import Download
from chariot.modules.intel.service import Intelligence
from chariot.modules.intel.stock import Stock
from chariot.modules.risk.service import RiskService
from chariot.modules.surface.service import SurfaceService
from chariot.modules.work.messages import Message
from chariot.modules.work.pipeline import Pipeline
from chariot.modules.work.relay import Relay
from chariot.modules.work.stages import StageSettings
from chariot.modules.work.worker import Worker
from chariot.settings import Settings

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ACME = Organisation("acme")
HOSTILE = "\x1b[31mred\x1b]0;owned\x07 \u202egnp.exe\u202c [bold]x[/bold] <script>alert(1)</script>\r\n\x9b2J"
"""ANSI colour, a title change, a bidirectional override, rich markup, HTML, line breaks, a one-byte CSI."""
CVE = "CVE-2021-41773"
APP = WebApplication(url="http://app.example.com/", status_code=200, title=HOSTILE, server="Apache/2.4.49")
PORT = Port(address="192.0.2.7", protocol="tcp", number=80, service="http", banner=HOSTILE)
TECHNOLOGY = Technology(
    cpe="cpe:2.3:a:apache:http_server:2.4.49:*:*:*:*:*:*:*", product="Apache httpd", version="2.4.49"
)
DOMAIN = Domain(host="app.example.com")
ADDRESS = Address(ip="192.0.2.7")
SEED = Seed(value="example.com")
RISK = Risk(
    target=APP.key,
    weakness=CVE,
    title="Path traversal in Apache httpd",
    severity=Severity.CRITICAL,
    score=97,
    decision=Decision.ACT,
    factors=(Factor("kev", "known exploited", 30.0), Factor("epss", HOSTILE, 25.0)),
    formula="1.0",
    evidence=(Banner(title="Server header", text=HOSTILE),),
)
LOW = Risk(target=PORT.key, weakness="CVE-2020-0001", severity=Severity.LOW, score=12)
_LINKS = (
    (RelationshipType.DISCOVERED, SEED.key, DOMAIN.key),
    (RelationshipType.DISCOVERED, DOMAIN.key, ADDRESS.key),
    (RelationshipType.DISCOVERED, ADDRESS.key, PORT.key),
    (RelationshipType.DISCOVERED, PORT.key, APP.key),
    (RelationshipType.HAS_TECHNOLOGY, APP.key, TECHNOLOGY.key),
    (RelationshipType.HAS_RISK, APP.key, RISK.key),
)


class Scans:
    """Puts one message into the plan queue for each scan."""

    def __init__(self, bus: LocalBus) -> None:
        self._bus = bus

    async def start(
        self,
        organisation: Organisation,
        seeds: Sequence[str],
        *,
        deny: Sequence[str] = (),
        requested_by: str,
        **how: Any,
    ) -> str:
        assert set(how) <= {"depth", "due_only"}
        body = json.dumps({"seeds": seeds, "deny": deny, "by": requested_by}).encode()
        message = Message(queue="plan", id="scan-1", organisation=organisation, order_key="scan", body=body)
        await self._bus.publish([message])
        return "scan-1"


class SampleStage:
    """Stands for discovery: each scan finds the sample world."""

    queue = "plan"

    def __init__(self, surface: SurfaceService) -> None:
        self._surface = surface
        self.gate: asyncio.Event | None = None
        """When there is one, work waits for it."""

    async def handle(self, message: Message) -> None:
        if self.gate is not None:
            await self.gate.wait()
        await find_sample(self._surface)


class Imports:
    """Refuses a file named `broken`, counts one risk in any other, and knows one import, `5cec414c46`."""

    async def import_file(
        self, organisation: Organisation, path: Path, *, dry_run: bool = False, **_: Any
    ) -> ImportReport:
        if path.stem == "broken":
            raise InvalidError("the document ends early", place="line 3")
        return ImportReport(
            file=str(path),
            format="nmap",
            id="" if dry_run else "5cec414c46",
            findings=3,
            assets=2,
            created=2,
            written=not dry_run,
            known_as="90ab061c30" if path.stem == "again" else "",
        )

    async def undo(
        self, organisation: Organisation, import_id: str, *, dry_run: bool = False, **_: Any
    ) -> UndoReport:
        if import_id != "5cec414c46":
            raise NotFoundError(f"no import has the id {import_id!r}")
        return UndoReport(id=import_id, file="a.xml", format="nmap", left=2, kept=1, written=not dry_run)


class NoDownloads:
    """See `Downloads`: every publisher has nothing newer."""

    async def fetch(self, url: str, name: str) -> Download:
        return Download(None, 0)

    def taken_in(self, name: str) -> None:
        pass

    def discard(self, name: str) -> None:
        pass


class App(msgspec.Struct, frozen=True):
    """What commands receive; see `chariot.application.Application`."""

    settings: Settings
    organisation: Organisation
    store: SqliteEntityStore
    surface: SurfaceService
    bus: LocalBus
    pipeline: Pipeline
    intel: Intelligence
    stock: Stock
    follow_feeds: Callable[[], Awaitable[int]]
    recheck: Callable[[Organisation], Awaitable[int]]
    scans: Scans
    risk: RiskService
    ownership: OwnershipService
    graph: Any
    exchange: Imports
    stage: SampleStage
    audit: AuditService


async def find_sample(surface: SurfaceService) -> None:
    await surface.edit(ACME, [Edit(actor="cli:test", why="ours", entity=SEED)])
    weakness = Vulnerability(
        id=CVE,
        title="Path traversal",
        cvss_score=9.8,
        epss=0.94,
        known_exploited=True,
        severity=Severity.CRITICAL,
    )
    await surface.observe(SHARED, Observations(capability="intel", seen_at=NOW, entities=(weakness,)))
    entities = (
        DOMAIN,
        ADDRESS,
        PORT,
        APP,
        TECHNOLOGY,
        DnsRecord(host="example.com", type="TXT", value=HOSTILE),
        Certificate(sha256="ab" * 32, subject="CN=app.example.com", not_after=NOW + timedelta(days=3)),
        RISK,
        LOW,
        Job(capability="http", target=ADDRESS.key, outcome=Outcome.UNKNOWN, reason="timed out"),
        Job(capability="http", target=PORT.key, outcome=Outcome.DONE, found=2),
        AlertRule(label="urgent", channel="https://hooks.example.com/s3cr3t-token"),
    )
    links = tuple(Relationship(kind, Key(source), Key(target)) for kind, source, target in _LINKS)
    await surface.observe(
        ACME, Observations(capability="sample", seen_at=NOW, entities=entities, relationships=links)
    )
    channel = {"channel": "https://hooks.example.com/s3cr3t-token"}
    await surface.edit(ACME, [Edit(actor="cli:test", key=Key("#alertrule#urgent"), fields=channel)])


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[App]:
    settings.home_path.mkdir(parents=True, exist_ok=True)
    database = SqliteDatabase(settings.home_path / "chariot.db")
    store = SqliteEntityStore(database)
    surface = SurfaceService(store, seal=lambda _, secret: secret)
    bus = LocalBus(database)
    relay = Relay(store, bus, SqliteCheckpoints(database), ())
    stage = SampleStage(surface)
    worker = Worker(bus, stage, StageSettings(queue="plan", concurrency=1, timeout_s=10), owner="test")

    async def graph() -> GraphService:
        return GraphService(MemoryGraph(store), store)

    async def follow_feeds() -> int:
        return 0

    async def recheck(_organisation: Organisation) -> int:
        return 0

    intel = Intelligence(MemoryIntelStore(lambda: NOW), Aliases.built_in())
    folder = Path(settings.home_path) / "audit"
    audit = AuditService(SqliteAuditLog(database), FileSigner(folder), FileAnchors(folder), now=lambda: NOW)
    keys = FilePackKeys(Path(settings.home_path) / "pack-keys")
    try:
        yield App(
            settings=settings,
            organisation=Organisation(settings.organisation),
            store=store,
            surface=surface,
            bus=bus,
            pipeline=Pipeline(bus, relay, [worker]),
            intel=intel,
            stock=Stock(intel.store, keys, NoDownloads(), now=lambda: NOW),
            follow_feeds=follow_feeds,
            recheck=recheck,
            scans=Scans(bus),
            risk=RiskService(surface),
            ownership=OwnershipService(surface),
            graph=graph,
            exchange=Imports(),
            stage=stage,
            audit=audit,
        )
    finally:
        await audit.close()
        await store.close()


class Ran(msgspec.Struct):
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Ran]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def runs(*arguments: str) -> Ran:
        invocation = Invocation(opener=opened, output=Output())  # type: ignore[arg-type]
        code = main(["--home", str(tmp_path / "home"), "--organisation", ACME, *arguments], invocation)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return runs


@pytest.fixture
def scanned(run: Run) -> Run:
    """Run commands against a surface that holds the sample world."""
    assert run("scan", "example.com").code == 0
    return run
