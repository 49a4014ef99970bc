"""What commands ask for that work in this process and against a server alike: the narrow part of `Application`."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from chariot.model.keys import Key, Organisation
from chariot.model.kinds.integration import Integration
from chariot.model.kinds.scope import Contract
from chariot.model.kinds.work import AlertRule
from chariot.model.observations import Edit
from chariot.model.records import Change, Difference, Record, Version
from chariot.model.states import Depth, RiskState, Standing
from chariot.modules.discovery.contracting import ContractState
from chariot.modules.discovery.inventory import Inventoried
from chariot.modules.discovery.journal import JournalReader
from chariot.modules.exchange.reports import ImportReport, UndoReport
from chariot.modules.graph.answers import AttackPaths, Blast, FixPlan, Pruned
from chariot.modules.integrations.service import Result
from chariot.modules.intel.answers import Match
from chariot.modules.intel.packages import PackageMatch
from chariot.modules.intel.service import Status
from chariot.modules.risk.groups import RiskGroups
from chariot.modules.risk.service import Explanation
from chariot.modules.surface.ports import EntityReader
from chariot.modules.surface.query import Page
from chariot.modules.surface.states import Applied
from chariot.modules.work.messages import DeadLetter, QueueDepth
from chariot.settings import Settings


class Reads(EntityReader, Protocol):
    """The surface and its history; see `EntityReader` and `History`."""

    async def versions(
        self, organisation: Organisation, key: Key, *, limit: int = 100, cursor: str = ""
    ) -> Page[Version]:
        """See `History.versions`."""
        ...

    async def differences(
        self,
        organisation: Organisation,
        since: datetime,
        until: datetime,
        *,
        kinds: Sequence[str] = (),
        limit: int = 100,
        cursor: str = "",
    ) -> Page[Difference]:
        """See `History.differences`."""
        ...

    async def changes(
        self, after: int, limit: int, *, organisation: Organisation | None = None
    ) -> Sequence[Change]:
        """See `History.changes`."""
        ...


class Edits(Protocol):
    """Decisions of people."""

    async def edit(self, organisation: Organisation, edits: Iterable[Edit]) -> Any:
        """See `SurfaceService.edit`."""
        ...

    async def expire(self, organisation: Organisation) -> Applied:
        """See `SurfaceService.expire`."""
        ...


class Queues(Protocol):
    """Queues and dead letters."""

    async def depths(self, organisation: Organisation | None = None) -> Sequence[QueueDepth]:
        """See `Inspector.depths`."""
        ...

    async def dead_letters(
        self, organisation: Organisation, *, queue: str = "", limit: int = 100, after: str = ""
    ) -> Sequence[DeadLetter]:
        """See `Bus.dead_letters`."""
        ...

    async def replay(self, numbers: Sequence[str], *, organisation: Organisation) -> int:
        """See `Bus.replay`."""
        ...


class Feeds(Protocol):
    """What is known about vulnerabilities."""

    async def status(self) -> Status:
        """See `Intelligence.status`."""
        ...

    async def match(self, technologies: Collection[str]) -> Mapping[str, tuple[Match, ...]]:
        """See `Intelligence.match`."""
        ...

    async def match_packages(self, purls: Collection[str]) -> Mapping[str, tuple[PackageMatch, ...]]:
        """See `Intelligence.match_packages`."""
        ...


class Scans(Protocol):
    """Orders for scans."""

    async def start(
        self,
        organisation: Organisation,
        seeds: Sequence[str],
        *,
        deny: Sequence[str] = (),
        requested_by: str,
        depth: Depth | None = None,
        due_only: bool = False,
    ) -> str:
        """See `ScanService.start`."""
        ...


class Risks(Protocol):
    """Why risks have their scores, and what people decide."""

    async def explain(
        self, organisation: Organisation, key: Key, *, since: datetime | None = None
    ) -> Explanation:
        """See `RiskService.explain`."""
        ...

    async def groups(self, organisation: Organisation, limit: int = 100) -> RiskGroups:
        """See `RiskService.groups`."""
        ...

    async def overdue(self, organisation: Organisation, limit: int = 100) -> Page[Record]:
        """See `RiskService.overdue`."""
        ...

    async def transition(
        self,
        organisation: Organisation,
        key: Key,
        to: RiskState,
        actor: str,
        why: str = "",
        *,
        until: datetime | None = None,
        owner: str | None = None,
        due_at: datetime | None = None,
    ) -> Record:
        """See `RiskService.transition`."""
        ...


class Graph(Protocol):
    """The surface as a graph."""

    async def paths(
        self,
        organisation: Organisation,
        target: Key | None = None,
        *,
        k: int = 10,
        limit: int = 25,
        as_of: datetime | None = None,
    ) -> AttackPaths:
        """See `GraphService.paths`."""
        ...

    async def fix_plan(
        self, organisation: Organisation, *, steps: int = 10, as_of: datetime | None = None
    ) -> FixPlan:
        """See `GraphService.fix_plan`."""
        ...

    async def blast_radius(
        self, organisation: Organisation, key: Key, *, limit: int = 100, as_of: datetime | None = None
    ) -> Blast:
        """See `GraphService.blast_radius`."""
        ...

    async def prune(self, organisation: Organisation, keys: Sequence[Key], *, limit: int = 100) -> Pruned:
        """See `GraphService.prune`."""
        ...


class Owning(Protocol):
    """What may be ours."""

    async def candidates(
        self,
        organisation: Organisation,
        *,
        standing: Standing | None = Standing.CANDIDATE,
        limit: int = 100,
        cursor: str = "",
    ) -> Page[Record]:
        """See `OwnershipService.candidates`."""
        ...

    async def get(self, organisation: Organisation, key: Key) -> Record:
        """See `OwnershipService.get`."""
        ...

    async def place(self, organisation: Organisation, key: Key) -> Inventoried:
        """See `OwnershipService.place`."""
        ...

    async def decide(
        self, organisation: Organisation, key: Key, standing: Standing, *, actor: str, why: str = ""
    ) -> Record:
        """See `OwnershipService.decide`."""
        ...


class Contracts(Protocol):
    """Who authorised what."""

    async def all(self, organisation: Organisation) -> Sequence[ContractState]:
        """See `ContractService.all`."""
        ...

    async def get(self, organisation: Organisation, name: str) -> ContractState:
        """See `ContractService.get`."""
        ...

    async def sign(self, organisation: Organisation, contract: Contract, *, actor: str) -> Contract:
        """See `ContractService.sign`."""
        ...

    async def take_in(self, organisation: Organisation, data: bytes, *, actor: str) -> Contract:
        """See `ContractService.take_in`."""
        ...

    async def fault(self, organisation: Organisation, contract: Contract) -> str:
        """See `ContractService.fault`."""
        ...

    async def withdraw(self, organisation: Organisation, name: str, *, actor: str, why: str = "") -> None:
        """See `ContractService.withdraw`."""
        ...


class Integrations(Protocol):
    """Other systems."""

    async def list(self, organisation: Organisation) -> Sequence[tuple[Record, Integration]]:
        """See `IntegrationService.list`."""
        ...

    async def put(self, organisation: Organisation, integration: Integration, *, actor: str) -> Any:
        """See `IntegrationService.put`."""
        ...

    async def test(self, organisation: Organisation, label: str) -> str:
        """See `IntegrationService.test`."""
        ...

    async def run(self, organisation: Organisation, label: str) -> Result:
        """See `IntegrationService.run`."""
        ...

    async def end(self, organisation: Organisation, label: str, *, actor: str) -> None:
        """See `IntegrationService.end`."""
        ...


class Alerts(Protocol):
    """Alert rules."""

    async def put(self, organisation: Organisation, rule: AlertRule, *, actor: str) -> Any:
        """See `AlertService.put`."""
        ...

    async def try_out(self, organisation: Organisation, label: str) -> None:
        """See `AlertService.try_out`."""
        ...

    async def end(self, organisation: Organisation, label: str, *, actor: str) -> Any:
        """See `AlertService.end`."""
        ...


class Imports(Protocol):
    """Files of other tools."""

    async def import_file(
        self,
        organisation: Organisation,
        path: Path,
        *,
        format_name: str = "auto",
        chosen: Any = None,
        complete: bool = False,
        dry_run: bool = False,
        requested_by: str = "import",
    ) -> ImportReport:
        """See `ImportService.import_file`."""
        ...

    async def undo(
        self,
        organisation: Organisation,
        import_id: str,
        *,
        dry_run: bool = False,
        requested_by: str = "import",
    ) -> UndoReport:
        """See `ImportService.undo`."""
        ...


class Services(Protocol):
    """What `Application` and `RemoteApplication` both have."""

    @property
    def settings(self) -> Settings:
        """Settings of this process; those of a server are its own."""
        ...

    @property
    def organisation(self) -> Organisation:
        """The organisation that the command works for."""
        ...

    @property
    def store(self) -> Reads:
        """Reads the surface."""
        ...

    @property
    def surface(self) -> Edits:
        """Writes decisions."""
        ...

    @property
    def bus(self) -> Queues:
        """Queues and dead letters."""
        ...

    @property
    def intel(self) -> Feeds:
        """Which feeds are loaded."""
        ...

    @property
    def scans(self) -> Scans:
        """Orders scans."""
        ...

    @property
    def ownership(self) -> Owning:
        """What may be ours."""
        ...

    @property
    def risk(self) -> Risks:
        """Explains and decides."""
        ...

    @property
    def graph(self) -> Callable[[], Awaitable[Graph]]:
        """Gives the graph, made when it is first asked for."""
        ...

    @property
    def contracts(self) -> Contracts:
        """Who authorised what."""
        ...

    @property
    def journal(self) -> JournalReader:
        """What was sent to whom."""
        ...

    @property
    def integrations(self) -> Integrations:
        """Other systems."""
        ...

    @property
    def alerts(self) -> Alerts:
        """Alert rules."""
        ...

    @property
    def exchange(self) -> Imports:
        """Imports and takes back."""
        ...
