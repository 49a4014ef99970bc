"""Discovery: who may look where, how fast, by whose word, and the journal of it."""

from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import msgspec

from chariot.adapters.keyfile.contracts import FileContractKeys
from chariot.adapters.keyfile.signing import FilePackKeys
from chariot.bootstrap.engines import Engines
from chariot.bootstrap.scanners import Scanners, make_scanners
from chariot.bootstrap.shared import Shared
from chariot.model.keys import Organisation
from chariot.modules.discovery.buckets import Buckets
from chariot.modules.discovery.budgets import Budget, Budgets
from chariot.modules.discovery.contracting import ContractSeals, ContractService
from chariot.modules.discovery.journal import JournalStore
from chariot.modules.discovery.journal_writer import JournalWriter
from chariot.modules.discovery.keeper import ScopeKeeper
from chariot.modules.discovery.scans import ScanService
from chariot.modules.surface.service import SurfaceService
from chariot.settings import Settings


class Discovery(msgspec.Struct, frozen=True, kw_only=True):
    """What everything that sends something needs."""

    keeper: ScopeKeeper
    scanners: Scanners
    scans: ScanService
    contracts: ContractService
    contract_keys: FileContractKeys
    journal: JournalStore
    writer: JournalWriter
    budgets: Budgets
    buckets: Buckets


def make_discovery(
    settings: Settings,
    home: Path,
    engines: Engines,
    surface: SurfaceService,
    shared: Shared | None,
    stack: AsyncExitStack,
) -> Discovery:
    """Return discovery as the settings want it; *stack* writes what the journal still holds at the end.

    Raises:
        ConfigurationError: a capability, a tool, a period or a pace is not in order; the text says which.
    """
    keys = FileContractKeys(FilePackKeys(home / "contracts"))
    keeper = ScopeKeeper(
        # Contracts name people, whose names are sealed where they are stored: signatures cover them in clear.
        surface.store,
        seals=ContractSeals(keys),
        contract_required=settings.contract_required,
        now=engines.now,
    )
    limits = settings.limits
    budget = Budget(limits.packets_per_day, limits.scan_seconds_per_day)
    budgets = Budgets(budget, keeper.guard_of, engines.journal.usage, now=engines.now)
    writer = JournalWriter(engines.journal, budgets.told, sending=budgets.sending, now=engines.now)
    stack.push_async_callback(writer.close)
    return Discovery(
        keeper=keeper,
        scanners=make_scanners(settings),
        scans=ScanService(engines.bus, surface, keeper, now=engines.now),
        contracts=ContractService(surface, keys, now=engines.now),
        contract_keys=keys,
        journal=engines.journal,
        writer=writer,
        budgets=budgets,
        buckets=Buckets(
            limits.packets_per_s,
            limits.packets_per_target_per_s,
            rate_per_network_per_s=limits.packets_per_network_per_s,
            shared=shared.rate_limits if shared is not None else None,
        ),
    )


async def forget_journal(engines: Engines, organisation: Organisation, days: int) -> int:
    """Take away what is older than *days* from the journal of *organisation*; return how many lines."""
    return await engines.journal.forget(organisation, engines.now() - timedelta(days=days))
