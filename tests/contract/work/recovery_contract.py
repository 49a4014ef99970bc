"""What a bus promises that sees who holds what, and what every store of checkpoints promises."""

from bus_world import message, take

from chariot.modules.work.ports import Bus, Checkpoints, LeaseRecovery


class RecoverableBus(Bus, LeaseRecovery):
    """A bus with both abilities."""


class RecoveryContract:
    """Subclass it beside `BusContract`."""

    async def test_what_a_dead_owner_held_comes_again_at_once(self, bus: RecoverableBus) -> None:
        await bus.publish([message("1"), message("2")])
        await take(bus, 1, owner="dead")
        await take(bus, 1, owner="alive")

        assert await bus.recover(lambda owner: owner == "dead") == 1
        assert [one.message.id for one in await take(bus)] == ["1"]

    async def test_the_dead_owner_cannot_finish_what_was_given_to_another(self, bus: RecoverableBus) -> None:
        await bus.publish([message("1")])
        lost = await take(bus, owner="dead")
        await bus.recover(lambda owner: owner == "dead")
        await take(bus, owner="alive")

        assert list(await bus.ack(lost)) == lost

    async def test_nothing_is_recovered_when_nobody_died(self, bus: RecoverableBus) -> None:
        await bus.publish([message("1")])
        await take(bus)

        assert await bus.recover(lambda owner: False) == 0


class CheckpointsContract:
    """Subclass it, provide `checkpoints`."""

    async def test_a_reader_that_never_began_stands_at_zero(self, checkpoints: Checkpoints) -> None:
        assert await checkpoints.get("relay") == 0

    async def test_a_checkpoint_is_remembered_by_name(self, checkpoints: Checkpoints) -> None:
        await checkpoints.put("relay", 7)
        await checkpoints.put("search", 3)

        assert (await checkpoints.get("relay"), await checkpoints.get("search")) == (7, 3)

    async def test_a_checkpoint_never_moves_back(self, checkpoints: Checkpoints) -> None:
        await checkpoints.put("relay", 7)
        await checkpoints.put("relay", 5)

        assert await checkpoints.get("relay") == 7
