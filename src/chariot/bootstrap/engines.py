"""The adapters that the settings choose: where entities and queues are kept."""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack

import msgspec

from chariot.adapters.routing.aliases import RoutedAliases
from chariot.adapters.routing.audit import RoutedAuditLog
from chariot.adapters.routing.bus import RoutedBus
from chariot.adapters.routing.checkpoints import RoutedCheckpoints
from chariot.adapters.routing.data_keys import RoutedDataKeys
from chariot.adapters.routing.entity_store import RoutedEntityStore
from chariot.adapters.routing.journal import RoutedJournalStore
from chariot.adapters.routing.mending import RoutedMender
from chariot.adapters.routing.receipts import RoutedReceipts
from chariot.bootstrap.homes import Home, adapter, open_home, place, routes, scheme
from chariot.bootstrap.places import Clock
from chariot.errors import ConfigurationError
from chariot.model.keys import SHARED, Organisation
from chariot.modules.audit.aliases import Aliases
from chariot.modules.audit.ports import AuditLog
from chariot.modules.caching.breaker import Breakers
from chariot.modules.discovery.journal import JournalStore
from chariot.modules.receipts.ports import Receipts
from chariot.modules.secrets.ports import DataKeys
from chariot.modules.surface.mending import Mender
from chariot.modules.surface.ports import EntityStore
from chariot.modules.work.leases import Leases
from chariot.modules.work.owners import is_dead, this_owner
from chariot.modules.work.ports import Bus, Checkpoints
from chariot.modules.work.traces import ChangeTraces
from chariot.settings import Settings
from chariot.telemetry import Tracing


class Engines(msgspec.Struct, frozen=True):
    """The adapters that the settings chose."""

    store: EntityStore
    bus: Bus
    checkpoints: Checkpoints
    leases: Leases
    receipts: Receipts
    audit: AuditLog
    aliases: Aliases
    journal: JournalStore
    data_keys: DataKeys
    mender: Mender
    homes: Mapping[str, Home]
    """Every database with a log of its own, by the name of who lives there; that of all is named ""."""
    breakers: Breakers = msgspec.field(default_factory=Breakers)
    """Leave alone for a while what is away outside."""
    tracing: Tracing | None = None
    traces: ChangeTraces = msgspec.field(default_factory=ChangeTraces)
    """Remembers by whose trace this process made changes."""

    @property
    def now(self) -> Clock:
        """What tells the time for all processes of the installation."""
        return self.homes[""].clock

    @property
    def skew_s(self) -> Callable[[], float]:
        """What tells by how much this machine's clock stands ahead of that, in seconds."""
        return self.homes[""].skew_s


async def open_engines(settings: Settings, stack: AsyncExitStack) -> Engines:
    """Open what the URLs of *settings* name; *stack* closes it.

    Raises:
        ConfigurationError: a URL names nothing that is known, its driver is missing, it cannot be opened, or an
            organisation that stands apart has data elsewhere.
    """
    shared = await open_home(settings.store_url, stack)
    homes: dict[str, Home] = {"": shared}
    dedicated: dict[Organisation, Home] = {}
    opened: dict[str, Home] = {}
    for organisation, url in routes(settings).items():
        at = place(url)
        if at not in opened:
            opened[at] = homes[organisation] = await open_home(url, stack)
        dedicated[organisation] = opened[at]
    bus = await _bus(settings, stack, shared, dedicated)
    if not dedicated:
        return Engines(
            shared.store,
            bus,
            shared.checkpoints,
            shared.leases,
            shared.receipts,
            shared.audit,
            shared.aliases,
            shared.journal,
            shared.data_keys,
            shared.mender,
            homes,
        )
    await _check_apart(shared, dedicated)
    return Engines(
        RoutedEntityStore(shared.store, {name: home.store for name, home in dedicated.items()}),
        bus,
        RoutedCheckpoints(shared.checkpoints, {name: home.checkpoints for name, home in dedicated.items()}),
        shared.leases,
        RoutedReceipts(shared.receipts, {name: home.receipts for name, home in dedicated.items()}),
        RoutedAuditLog(shared.audit, {name: home.audit for name, home in dedicated.items()}),
        RoutedAliases(shared.aliases, {name: home.aliases for name, home in dedicated.items()}),
        RoutedJournalStore(shared.journal, {name: home.journal for name, home in dedicated.items()}),
        RoutedDataKeys(shared.data_keys, {name: home.data_keys for name, home in dedicated.items()}),
        RoutedMender(shared.mender, {name: home.mender for name, home in dedicated.items()}),
        homes,
    )


async def _check_apart(shared: Home, dedicated: Mapping[Organisation, Home]) -> None:
    """Raise ConfigurationError when an organisation has data in a database that it does not live in."""
    here = set(await shared.store.organisations()) & dedicated.keys()
    if here:
        raise ConfigurationError(
            f"the organisation {min(here)!r} has data in the database of all already, so it cannot stand apart"
        )
    for name, home in dedicated.items():
        allowed = {SHARED, *(other for other, at in dedicated.items() if at is home)}
        foreign = set(await home.store.organisations()) - allowed
        if foreign:
            raise ConfigurationError(
                f"organisations.{name}.store holds the organisation {min(foreign)!r} too: give it one of its own"
            )


async def _bus(
    settings: Settings, stack: AsyncExitStack, shared: Home, dedicated: Mapping[Organisation, Home]
) -> Bus:
    match scheme(settings.bus):
        case "":
            return _kept_queues(shared, dedicated)
        case "nats" | "tls":
            distant = adapter("nats", "bus").NatsBus(settings.bus, process=this_owner(), now=shared.clock)
            stack.push_async_callback(distant.close)
            await distant.recover(is_dead)
            found: Bus = distant
            return found
        case other:
            raise ConfigurationError(f"the bus {other!r} is not known; use nats://host:4222")


def _kept_queues(shared: Home, dedicated: Mapping[Organisation, Home]) -> Bus:
    """Return the queues that the databases themselves hold."""
    buses = {name: home.bus for name, home in dedicated.items() if home.bus is not None}
    if shared.bus is None or len(buses) < len(dedicated):
        raise ConfigurationError('only SQLite holds the queues itself; set bus = "nats://host:4222"')
    return RoutedBus(shared.bus, buses) if buses else shared.bus
