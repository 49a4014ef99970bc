"""What every bus promises of the way of a message: order, leases, tries, bounds."""

import pytest
from bus_world import (
    ACME,
    GLOBEX,
    LEASE_S,
    SMALL_BOUND,
    SMALL_QUEUE,
    Clock,
    die,
    ids,
    message,
    publish_again,
    take,
    take_one,
)

from chariot.errors import BusyError
from chariot.modules.work.messages import DEDUPLICATION_S, DELIVERY_LIMIT, Delivery
from chariot.modules.work.ports import Bus


class DeliveryContract:
    """Queues of `QUEUE` take `BOUND` messages, that of `SMALL_QUEUE` takes `SMALL_BOUND`."""

    async def test_a_message_comes_out_as_it_went_in(self, bus: Bus) -> None:
        sent = message("1", "#domain#a.test", body=b"\x00\xffbody")

        assert await bus.publish([sent]) == 1
        delivery = await take_one(bus)

        assert delivery.message == sent
        assert delivery.attempt == 1

    async def test_nothing_comes_out_of_a_queue_that_was_never_used(self, bus: Bus) -> None:
        assert await take(bus) == []
        assert list(await bus.depths()) == []

    async def test_asking_whether_queues_keep_what_they_are_given_leaves_nothing(self, bus: Bus) -> None:
        await bus.check()

        assert list(await bus.depths()) == []

    async def test_nothing_published_is_nothing_new(self, bus: Bus) -> None:
        assert await bus.publish([]) == 0

    async def test_messages_come_oldest_first_up_to_the_limit(self, bus: Bus) -> None:
        await bus.publish([message(str(n)) for n in (3, 1, 2)])

        assert ids(await take(bus, 2)) == ["3", "1"]
        assert ids(await take(bus, 2)) == ["2"]

    async def test_a_limit_of_nothing_leases_nothing(self, bus: Bus) -> None:
        await bus.publish([message("1")])

        assert await take(bus, 0) == []

    async def test_a_queue_gives_only_what_was_put_into_it(self, bus: Bus) -> None:
        await bus.publish([message("1", queue="assess")])

        assert await take(bus) == []
        assert ids(await take(bus, queue="assess")) == ["1"]

    async def test_the_same_id_in_another_queue_is_another_message(self, bus: Bus) -> None:
        assert await bus.publish([message("1"), message("1", queue="assess")]) == 2

    async def test_the_same_id_of_another_organisation_is_another_message(self, bus: Bus) -> None:
        await bus.publish([message("1")])

        assert await bus.publish([message("1", organisation=GLOBEX)]) == 1
        assert {one.message.organisation for one in await take(bus)} == {ACME, GLOBEX}

    async def test_a_leased_message_is_not_handed_out_again(self, bus: Bus) -> None:
        await bus.publish([message("1")])
        await take(bus)

        assert await take(bus, owner="worker-2") == []

    # De-duplication

    async def test_an_id_twice_in_one_batch_is_one_message(self, bus: Bus) -> None:
        assert await bus.publish([message("1"), message("1")]) == 1

    async def test_an_id_that_waits_is_ignored(self, bus: Bus) -> None:
        await bus.publish([message("1")])

        assert await bus.publish([message("1"), message("2")]) == 1
        assert ids(await take(bus)) == ["1", "2"]

    async def test_an_id_that_is_worked_on_is_ignored(self, bus: Bus) -> None:
        await bus.publish([message("1")])
        await take(bus)

        assert await bus.publish([message("1")]) == 0

    async def test_an_id_that_was_finished_within_the_window_is_ignored(self, bus: Bus, clock: Clock) -> None:
        await bus.publish([message("1")])
        await bus.ack([await take_one(bus)])
        await clock.sleep(DEDUPLICATION_S - LEASE_S)

        assert await bus.publish([message("1")]) == 0
        assert await take(bus) == []

    async def test_an_id_that_died_within_the_window_is_ignored(self, bus: Bus) -> None:
        await die(bus, "1")

        assert await bus.publish([message("1")]) == 0

    @pytest.mark.passes_the_window
    async def test_an_id_may_come_again_after_the_window(self, bus: Bus, clock: Clock) -> None:
        await bus.publish([message("1")])
        await bus.ack([await take_one(bus)])
        await clock.sleep(DEDUPLICATION_S + 1)

        assert await publish_again(bus, message("1")) == 1
        assert (await take_one(bus)).message.id == "1"

    @pytest.mark.passes_the_window
    async def test_an_id_that_waits_longer_than_the_window_is_still_ignored(
        self, bus: Bus, clock: Clock
    ) -> None:
        await bus.publish([message("1")])
        await clock.sleep(DEDUPLICATION_S + 1)

        assert await bus.publish([message("1")]) == 0
        assert ids(await take(bus)) == ["1"]

    # Order

    async def test_one_key_has_one_message_in_flight(self, bus: Bus) -> None:
        await bus.publish([message("1", "#a"), message("2", "#a"), message("3", "#b")])

        assert ids(await take(bus)) == ["1", "3"]
        assert await take(bus) == []

    async def test_the_next_of_a_key_comes_when_the_first_is_done(self, bus: Bus) -> None:
        await bus.publish([message(str(n), "#a") for n in range(4)])

        seen = []
        for _ in range(4):
            deliveries = await take(bus)
            seen.append(ids(deliveries))
            await bus.ack(deliveries)

        assert seen == [["0"], ["1"], ["2"], ["3"]]

    async def test_the_next_of_a_key_waits_while_the_first_waits_for_its_next_try(
        self, bus: Bus, clock: Clock
    ) -> None:
        await bus.publish([message("1", "#a"), message("2", "#a"), message("3", "#b")])
        first, _ = await take(bus)
        await bus.retry(first, "no", delay_s=1.0)

        assert await take(bus) == []
        await clock.sleep(1.1)
        assert ids(await take(bus)) == ["1"]

    async def test_the_next_of_a_key_comes_when_the_first_is_dead(self, bus: Bus) -> None:
        await bus.publish([message("1", "#a"), message("2", "#a")])
        first = await take_one(bus)
        await bus.bury(first, "poison")

        assert ids(await take(bus)) == ["2"]

    async def test_the_first_of_a_key_comes_first_again_after_its_lease_ended(
        self, bus: Bus, clock: Clock
    ) -> None:
        await bus.publish([message("1", "#a"), message("2", "#a")])
        await take(bus)
        await clock.sleep(LEASE_S + 0.1)

        assert ids(await take(bus)) == ["1"]

    async def test_the_same_key_of_two_organisations_is_two_keys(self, bus: Bus) -> None:
        await bus.publish([message("1", "#a"), message("2", "#a", organisation=GLOBEX)])

        assert ids(await take(bus)) == ["1", "2"]

    async def test_the_same_key_in_two_queues_is_two_keys(self, bus: Bus) -> None:
        await bus.publish([message("1", "#a"), message("2", "#a", queue="assess")])

        assert ids(await take(bus)) == ["1"]
        assert ids(await take(bus, queue="assess")) == ["2"]

    # Leases

    async def test_a_lease_ends_by_itself_and_the_message_comes_again(self, bus: Bus, clock: Clock) -> None:
        await bus.publish([message("1")])
        await take(bus)
        await clock.sleep(LEASE_S + 0.1)

        again = await take_one(bus, owner="worker-2")

        assert (again.message.id, again.attempt) == ("1", 2)

    async def test_a_heartbeat_keeps_the_lease(self, bus: Bus, clock: Clock) -> None:
        await bus.publish([message("1")])
        held = await take(bus)
        for _ in range(3):
            await clock.sleep(LEASE_S / 2)
            assert list(await bus.extend(held, LEASE_S)) == []

        assert await take(bus, owner="worker-2") == []
        assert list(await bus.ack(held)) == []

    async def test_an_ack_after_the_lease_ended_is_refused(self, bus: Bus, clock: Clock) -> None:
        await bus.publish([message("1")])
        held = await take(bus)
        await clock.sleep(LEASE_S + 0.1)

        assert list(await bus.ack(held)) == held
        assert ids(await take(bus)) == ["1"]

    async def test_whose_lease_was_lost_can_change_nothing_of_the_next_one(
        self, bus: Bus, clock: Clock
    ) -> None:
        await bus.publish([message("1")])
        lost = await take(bus)
        await clock.sleep(LEASE_S + 0.1)
        held = await take(bus, owner="worker-2")

        assert list(await bus.ack(lost)) == lost
        assert list(await bus.extend(lost, 60)) == lost
        assert not await bus.retry(lost[0], "late", delay_s=0)
        assert not await bus.bury(lost[0], "late")
        await bus.release(lost)
        assert await take(bus, owner="worker-3") == []
        assert list(await bus.ack(held)) == []

    async def test_an_ack_counts_once(self, bus: Bus) -> None:
        await bus.publish([message("1")])
        held = await take(bus)

        assert list(await bus.ack(held)) == []
        assert list(await bus.ack(held)) == held

    async def test_of_a_batch_only_the_lost_ones_are_refused(self, bus: Bus) -> None:
        await bus.publish([message(str(n)) for n in range(3)])
        held = await take(bus)
        await bus.ack(held[1:2])

        assert ids(await bus.ack(held)) == ["1"]
        assert [depth.live for depth in await bus.depths()] == [0]

    @pytest.mark.parametrize("receipt", ["", "nonsense", "1", "1.99", "-1.-1", "9" * 30 + ".1", "²."])
    async def test_a_foreign_receipt_changes_nothing(self, bus: Bus, receipt: str) -> None:
        await bus.publish([message("1")])
        held = await take_one(bus)
        forged = Delivery(held.message, held.attempt, receipt, held.leased_until)

        assert list(await bus.ack([forged])) == [forged]
        assert list(await bus.ack([held])) == []

    async def test_what_is_given_back_comes_at_once_and_nobody_failed(self, bus: Bus) -> None:
        await bus.publish([message("1"), message("2")])
        await bus.release(await take(bus))

        assert ids(await take(bus)) == ["1", "2"]

    async def test_a_message_that_is_lost_again_and_again_becomes_a_dead_letter(
        self, bus: Bus, clock: Clock
    ) -> None:
        await bus.publish([message("1")])
        for _ in range(DELIVERY_LIMIT):
            assert ids(await take(bus)) == ["1"]
            await clock.sleep(LEASE_S + 0.1)

        assert await take(bus) == []
        (letter,) = await bus.dead_letters()
        assert "without an answer" in letter.error

    # Tries

    async def test_a_failed_message_comes_again_after_its_delay(self, bus: Bus, clock: Clock) -> None:
        await bus.publish([message("1")])
        held = await take_one(bus)

        assert await bus.retry(held, "connection refused", delay_s=1.0)
        assert await take(bus) == []
        await clock.sleep(1.1)
        again = await take_one(bus)
        assert again.attempt == 2

    async def test_a_failed_message_without_a_delay_comes_at_once(self, bus: Bus) -> None:
        await bus.publish([message("1")])
        held = await take_one(bus)
        await bus.retry(held, "no", delay_s=0)

        assert ids(await take(bus)) == ["1"]

    # Bounds

    async def test_a_full_queue_says_so_and_takes_nothing_more(self, bus: Bus) -> None:
        await bus.publish([message(str(n), queue=SMALL_QUEUE) for n in range(SMALL_BOUND)])

        with pytest.raises(BusyError) as caught:
            await bus.publish([message("more", queue=SMALL_QUEUE)])

        assert caught.value.retry_after_s > 0
        assert [depth.live for depth in await bus.depths()] == [SMALL_BOUND]

    async def test_a_full_queue_still_knows_what_it_has(self, bus: Bus) -> None:
        await bus.publish([message(str(n), queue=SMALL_QUEUE) for n in range(SMALL_BOUND)])

        assert await bus.publish([message("0", queue=SMALL_QUEUE)]) == 0

    async def test_a_full_queue_takes_more_when_something_is_done(self, bus: Bus) -> None:
        await bus.publish([message(str(n), queue=SMALL_QUEUE) for n in range(SMALL_BOUND)])
        await bus.ack(await take(bus, 1, queue=SMALL_QUEUE))

        assert await bus.publish([message("more", queue=SMALL_QUEUE)]) == 1

    async def test_a_batch_that_was_refused_can_be_published_again(self, bus: Bus) -> None:
        await bus.publish([message("0", queue=SMALL_QUEUE)])
        batch = [message(str(n), queue=SMALL_QUEUE) for n in range(SMALL_BOUND + 1)]
        with pytest.raises(BusyError):
            await bus.publish(batch)
        first = await take(bus, queue=SMALL_QUEUE)
        await bus.ack(first)

        await bus.publish(batch)

        # Some engines kept a part of the batch when they refused it, others nothing.
        assert sorted(ids(first) + ids(await take(bus, queue=SMALL_QUEUE))) == ["0", "1", "2", "3"]
