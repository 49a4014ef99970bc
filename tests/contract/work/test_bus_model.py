"""Random walks: the local bus does what the memory bus does."""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from bus_world import ACME, GLOBEX, LEASE_S, MadeClock, message
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chariot.adapters.local_bus.bus import LocalBus
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.errors import BusyError
from chariot.modules.work.messages import Delivery
from chariot.modules.work.ports import Bus
from chariot.testing.bus import MemoryBus

T = TypeVar("T")
_BOUND = 12


class TwoBuses(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.clock = MadeClock()
        self.folder = Path(tempfile.mkdtemp())
        self.database = SqliteDatabase(self.folder / "bus.db", readers=1)
        self.local = LocalBus(self.database, now=self.clock.now, bound=_BOUND)
        self.memory = MemoryBus(now=self.clock.now, bound=_BOUND)
        self.held: list[tuple[Delivery, Delivery]] = []

    def teardown(self) -> None:
        self.run(self.database.close())
        self.loop.close()
        shutil.rmtree(self.folder)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    @rule(
        names=st.lists(st.integers(0, 30), min_size=1, max_size=5),
        keys=st.integers(1, 4),
        organisation=st.sampled_from([ACME, GLOBEX]),
        queue=st.sampled_from(["plan", "assess"]),
    )
    def publish(self, names, keys, organisation, queue) -> None:
        sent = [message(str(n), f"#{n % keys}", organisation=organisation, queue=queue) for n in names]

        async def outcome(bus: Bus) -> int | str:
            try:
                return await bus.publish(sent)
            except BusyError:
                return "busy"

        assert self.run(outcome(self.local)) == self.run(outcome(self.memory))

    @rule(limit=st.integers(1, 5), queue=st.sampled_from(["plan", "assess"]), owner=st.sampled_from("ab"))
    def lease(self, limit, queue, owner) -> None:
        local, memory = (
            self.run(bus.lease(queue, limit=limit, lease_s=LEASE_S, owner=owner))
            for bus in (self.local, self.memory)
        )
        assert [(d.message, d.attempt, d.leased_until) for d in local] == [
            (d.message, d.attempt, d.leased_until) for d in memory
        ]
        self.held += zip(local, memory, strict=True)

    @rule(picks=st.lists(st.integers(0, 50), min_size=1, max_size=4), drop=st.booleans())
    def ack(self, picks, drop) -> None:
        pairs = [self.held[pick] for pick in sorted(set(picks)) if pick < len(self.held)]
        lost = self.run(self.local.ack([local for local, _ in pairs]))
        assert [d.message.id for d in lost] == [
            d.message.id for d in self.run(self.memory.ack([memory for _, memory in pairs]))
        ]
        if drop:
            self.held = [pair for pair in self.held if pair not in pairs]

    @rule(pick=st.integers(0, 50), delay_s=st.sampled_from([0.0, 1.0, 5.0]), deadly=st.booleans())
    def fail(self, pick, delay_s, deadly) -> None:
        for local, memory in self.held[pick : pick + 1]:
            if deadly:
                outcomes = self.run(self.local.bury(local, "no")), self.run(self.memory.bury(memory, "no"))
            else:
                outcomes = (
                    self.run(self.local.retry(local, "no", delay_s=delay_s)),
                    self.run(self.memory.retry(memory, "no", delay_s=delay_s)),
                )
            assert outcomes[0] == outcomes[1]

    @rule(pick=st.integers(0, 50))
    def extend_and_release(self, pick) -> None:
        for local, memory in self.held[pick : pick + 1]:
            lost = [self.run(self.local.extend([local], 9)), self.run(self.memory.extend([memory], 9))]
            assert len(lost[0]) == len(lost[1])
        for local, memory in self.held[pick + 1 : pick + 2]:
            self.run(self.local.release([local]))
            self.run(self.memory.release([memory]))

    @rule(owner=st.sampled_from("ab"))
    def recover(self, owner) -> None:
        def is_dead(name: str) -> bool:
            return name == owner

        assert self.run(self.local.recover(is_dead)) == self.run(self.memory.recover(is_dead))

    @rule(pick=st.integers(0, 5))
    def replay(self, pick) -> None:
        local, memory = (self.run(bus.dead_letters()) for bus in (self.local, self.memory))
        chosen = [
            [letter.number for letter in letters[pick : pick + 2] if letter.message.organisation == ACME]
            for letters in (local, memory)
        ]
        assert self.run(self.local.replay(chosen[0])) == self.run(self.memory.replay(chosen[1]))

    @rule(seconds=st.sampled_from([0.5, LEASE_S + 0.1, 6.0, 4_000.0]))
    def time_passes(self, seconds) -> None:
        self.run(self.clock.sleep(seconds))

    @invariant()
    def both_tell_the_same(self) -> None:
        for organisation in (None, ACME, GLOBEX):
            assert list(self.run(self.local.depths(organisation))) == list(
                self.run(self.memory.depths(organisation))
            )
        local, memory = (self.run(bus.dead_letters()) for bus in (self.local, self.memory))
        assert sorted(one.message.id for one in local) == sorted(one.message.id for one in memory)


TwoBuses.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestTwoBuses = TwoBuses.TestCase
