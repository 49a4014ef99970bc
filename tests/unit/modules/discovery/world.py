"""A small discovery for these tests: capabilities, a network that vouches, and everything around them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.capability import CannotRunError, Capability, DnsAnswer, Found, NoAnswerError, Touch
from chariot.errors import OutOfScopeError
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.network import Address, Domain, Netblock, Port
from chariot.model.kinds.work import Seed, Setting
from chariot.model.observations import Edit, Observations
from chariot.model.relationships import Relationship, RelationshipType
from chariot.modules.discovery.guard import Egress
from chariot.modules.discovery.keeper import ScopeKeeper
from chariot.modules.discovery.messages import JobOrder, job_message
from chariot.modules.discovery.planner import Planner
from chariot.modules.discovery.registry import Registry
from chariot.modules.discovery.runner import Runner
from chariot.modules.surface.service import SurfaceService
from chariot.modules.work.messages import Message
from chariot.testing.bus import MemoryBus
from chariot.testing.network import FakeNetwork

ORGANISATION = Organisation("acme")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class FromSeed(Capability[Seed]):
    """The asset that a seed names."""

    name = "seed"
    touch = Touch.PASSIVE

    async def run(self, target: Seed) -> AsyncIterator[Found]:
        yield Netblock(cidr=target.value) if target.is_network else Domain(host=target.value)


class Dns(Capability[Domain]):
    """Addresses, and names that are not ours."""

    name = "dns"
    touch = Touch.LIGHT

    async def run(self, target: Domain) -> AsyncIterator[Found]:
        for value in (await self.network.resolve(target.host, "A")).values:
            address = Address(ip=value)
            yield address
            yield Relationship(RelationshipType.RESOLVES_TO, target.key, address.key)
        yield Domain(host="partner.example")


class Tcp(Capability[Address]):
    """Port 22."""

    name = "tcp"
    touch = Touch.ACTIVE

    async def run(self, target: Address) -> AsyncIterator[Found]:
        async with self.network.connect(target.ip, 22, timeout_s=1):
            port = Port(address=target.ip, protocol="tcp", number=22)
            yield port
            yield Relationship(RelationshipType.HAS_PORT, target.key, port.key)


class Odd(Capability[Port]):
    """Does at a port what the port's number stands for."""

    name = "odd"
    touch = Touch.ACTIVE
    queue = "risk"
    timeout_s = 0.2

    def match(self, target: Port) -> bool:
        if target.number == 9:
            raise RuntimeError("match is broken")
        return target.number != 8

    async def run(self, target: Port) -> AsyncIterator[Found]:
        yield Port(address=target.address, protocol="tcp", number=1_000)
        match target.number:
            case 1:
                raise ZeroDivisionError("a \x1b[31mfault\0")
            case 2:
                raise CannotRunError("the key was refused")
            case 3:
                await asyncio.sleep(60)
            case 4:
                raise NoAnswerError("nobody is there")
            case 5:
                raise OutOfScopeError("not ours")
            case 6:
                yield Seed(value="0.0.0.0/8")
                yield Setting(label="x", value="y")
                yield "nonsense"  # type: ignore[misc]  # a capability may be wrong
            case 7:
                for number in range(2_500):
                    yield Port(address=target.address, protocol="udp", number=number + 1)


class NeedsTool(Capability[Netblock]):
    """Needs a program that nobody has."""

    name = "needs-tool"
    touch = Touch.ACTIVE
    queue = "scan"
    needs = ("no-such-program",)

    async def run(self, target: Netblock) -> AsyncIterator[Found]:
        raise AssertionError("must not run")
        yield target


CAPABILITIES: list[type[Capability[Any]]] = [FromSeed, Dns, Tcp, Odd, NeedsTool]


class _Vouching(FakeNetwork):
    """A fake network that tells its egress what it resolved, as the real one does."""

    egress: Egress

    async def resolve(self, name: str, record: str) -> DnsAnswer:
        self.egress.check_name(name)
        answer = await super().resolve(name, record)
        self.egress.vouch(name, answer.aliases, answer.values)
        return answer


class FakeNetworks:
    """A network factory of one declared world; `egresses` tells for whom it made networks."""

    def __init__(self, **declared: Any) -> None:
        self._declared = declared
        self.egresses: list[Egress] = []
        self.sent: list[tuple[str, ...]] = []

    def declare(self, **declared: Any) -> None:
        """Let this be the world from now on."""
        self._declared = declared

    def network(self, egress: Egress) -> FakeNetwork:
        self.egresses.append(egress)
        network = _Vouching(**self._declared)
        network.egress = egress
        network.sent = self.sent
        return network


class World:
    """Discovery on a real store, a bus in memory and a fake network."""

    def __init__(self, store: SqliteEntityStore, networks: FakeNetworks) -> None:
        self.now = NOON
        self.store = store
        self.networks = networks
        self.surface = SurfaceService(store, now=self.tick)
        self.bus = MemoryBus(now=lambda: self.now)
        self.registry = Registry(CAPABILITIES)
        self.keeper = ScopeKeeper(store, clock=self.clock)
        self.planner = Planner(self.registry, self.surface, self.keeper, self.bus)

    def tick(self) -> datetime:
        """Return a later instant each time."""
        self.now += timedelta(seconds=2)
        return self.now

    def clock(self) -> float:
        """Return the present instant in seconds."""
        return self.now.timestamp()

    def runner(self, **options: Any) -> Runner:
        return Runner(
            "capability-asset",
            self.registry,
            self.surface,
            self.keeper,
            self.networks,
            now=self.tick,
            **options,
        )

    async def decide(self, *seeds: Seed) -> None:
        await self.surface.edit(ORGANISATION, [Edit(actor="ann", entity=seed) for seed in seeds])

    async def see(self, *entities: Any, relationships: tuple[Relationship, ...] = ()) -> None:
        await self.surface.observe(
            ORGANISATION,
            Observations(
                capability="import", seen_at=self.tick(), entities=entities, relationships=relationships
            ),
        )

    async def run(self, capability: str, key: str, **options: Any) -> None:
        order = JobOrder(capability=capability, key=Key(key), scan="s1")
        await self.runner(**options).handle(job_message(ORGANISATION, "capability-asset", order))

    async def job(self, capability: str, key: str) -> dict[str, Any] | None:
        job_key = Key(f"#job#{capability}{key}")
        record = (await self.store.get(ORGANISATION, [job_key])).get(job_key)
        return None if record is None else msgspec.to_builtins(record.entity)

    async def waiting(self, queue: str) -> list[Message]:
        """Take everything that waits in a queue, and finish it."""
        deliveries = await self.bus.lease(queue, limit=1_000, lease_s=60, owner="test")
        await self.bus.ack(deliveries)
        return [delivery.message for delivery in deliveries]

    async def keys(self) -> set[str]:
        changes = await self.store.changes(0, 10_000, organisation=ORGANISATION)
        return {change.key for change in changes}


async def opened(path: Any, networks: FakeNetworks) -> tuple[World, Callable[[], Any]]:
    store = SqliteEntityStore(SqliteDatabase(path))
    return World(store, networks), store.close


def port_of(number: int) -> Port:
    return Port(address="127.9.0.5", protocol="tcp", number=number)
