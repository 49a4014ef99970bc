"""Three workers, two relays, the API and the servers below them, and what happens to them, decided by a seed."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from chariot.adapters.postgres.migrations import migrate
from support.chariot_processes import ChariotProcesses
from support.engines import PrivatePostgres
from support.nats_server import NatsServer
from support.redis_server import RedisServer

WORKERS = ("work-0", "work-1", "work-2")
RELAYS = ("relay-0", "relay-1")
SERVE = "serve"
PROCESSES = (*WORKERS, *RELAYS, SERVE)
_VICTIMS = ("worker", "postgres", "relay", "nats", SERVE, "redis")
_WRONG_CLOCKS = (WORKERS[2], RELAYS[1])
_AWAY_S = 1.5
_JUMPS_S = (3_600.0, -3_600.0, 300.0, -30.0)
_JUMPS_WITHIN_S = 10.0


class Engines(msgspec.Struct):
    """The servers below, each of which dies and comes back with what it had kept."""

    postgres: PrivatePostgres
    nats: NatsServer
    redis: RedisServer
    store: str
    """URL of a database with the schema."""

    async def strike(self, name: str, away_s: float) -> None:
        server: PrivatePostgres | NatsServer | RedisServer = getattr(self, name)
        await asyncio.to_thread(server.kill)
        await asyncio.sleep(away_s)
        await asyncio.to_thread(server.start)


@asynccontextmanager
async def private_engines(folder: Path) -> AsyncIterator[Engines]:
    """Start servers of our own, whatever the environment names: those of others are not ours to kill."""
    postgres = PrivatePostgres(durable=True)
    nats, redis = NatsServer(made(folder / "nats")), RedisServer(made(folder / "redis"))
    try:
        url = postgres.url(await postgres.create())
        await migrate(url)
        yield Engines(postgres, nats.start(), redis.start(), url)
    finally:
        nats.kill()
        redis.kill()
        postgres.stop()


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


class Chaos:
    """Starts the processes, and strikes them and the servers in turn."""

    def __init__(self, processes: ChariotProcesses, engines: Engines, chance: random.Random) -> None:
        self._processes = processes
        self._engines = engines
        self._chance = chance
        self._victims = [*_VICTIMS]
        self.struck: list[str] = []

    async def start(self) -> None:
        for name in WORKERS:
            await self._processes.start(name, "work", jump=self._jump(name))
        for name in RELAYS:
            await self._processes.start(name, "relay", jump=self._jump(name))
        await self._processes.start(SERVE, "serve")

    def _jump(self, name: str) -> tuple[float, float] | None:
        """Return when and by how much the clock of a process jumps; None when it goes right."""
        if name not in _WRONG_CLOCKS:
            return None
        return (self._chance.uniform(0, _JUMPS_WITHIN_S), self._chance.choice(_JUMPS_S))

    async def strike(self) -> None:
        """Kill one thing and start it again; each kind has its turn before the first comes again."""
        turn = len(self.struck) % len(_VICTIMS)
        if not turn:
            self._chance.shuffle(self._victims)
        victim, away_s = self._victims[turn], self._chance.random() * _AWAY_S
        name = self._chance.choice({"worker": WORKERS, "relay": RELAYS}.get(victim, (victim,)))
        self.struck.append(name)
        if name in PROCESSES:
            await self._processes.kill(name)
            await asyncio.sleep(away_s)
            await self._processes.again(name, jump=self._jump(name))
        else:
            await self._engines.strike(name, away_s)
