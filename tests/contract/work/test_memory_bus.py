import pytest
from bus_contract import BusContract
from bus_world import BOUND, SMALL_BOUND, SMALL_QUEUE, MadeClock
from recovery_contract import CheckpointsContract, RecoveryContract

from chariot.testing.bus import MemoryBus, MemoryCheckpoints


class TestMemoryBus(BusContract, RecoveryContract):
    @pytest.fixture
    def clock(self) -> MadeClock:
        return MadeClock()

    @pytest.fixture
    def bus(self, clock: MadeClock) -> MemoryBus:
        return MemoryBus(now=clock.now, bound=BOUND, bounds={SMALL_QUEUE: SMALL_BOUND})


class TestMemoryCheckpoints(CheckpointsContract):
    @pytest.fixture
    def checkpoints(self) -> MemoryCheckpoints:
        return MemoryCheckpoints()
