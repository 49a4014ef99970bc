"""What every bus promises. Subclass `BusContract`, name the subclass `Test...`, provide `clock` and `bus`."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest

from chariot.errors import BusyError
from chariot.model.keys import Organisation
from chariot.modules.work.messages import (
    DEDUPLICATION_S,
    DELIVERY_LIMIT,
    ERROR_LIMIT,
    RETENTION_DAYS,
    Delivery,
    Message,
    Standing,
)
from chariot.modules.work.ports import Bus

ACME = Organisation("acme")
GLOBEX = Organisation("globex")
QUEUE = "plan"
LEASE_S = 2.0
BOUND = 1_000
SMALL_QUEUE = "small"
SMALL_BOUND = 3


class Clock(Protocol):
    """Time as the bus sees it: a made one for local buses, the real one for servers."""

    def now(self) -> datetime: ...

    async def sleep(self, seconds: float) -> None: ...


class MadeClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self._now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


def message(
    name: str, key: str = "", *, queue: str = QUEUE, organisation: Organisation = ACME, body: bytes = b"{}"
) -> Message:
    return Message(
        queue=queue, id=name, organisation=organisation, order_key=key or f"#domain#{name}", body=body
    )


async def take(bus: Bus, limit: int = 10, *, queue: str = QUEUE, owner: str = "worker-1") -> list[Delivery]:
    return list(await bus.lease(queue, limit=limit, lease_s=LEASE_S, owner=owner))


async def die(bus: Bus, name: str, *, organisation: Organisation = ACME, queue: str = QUEUE) -> None:
    await bus.publish([message(name, queue=queue, organisation=organisation)])
    (delivery,) = await take(bus, queue=queue)
    assert await bus.bury(delivery, f"poison {name}")


def ids(deliveries: Sequence[Delivery]) -> list[str]:
    return [delivery.message.id for delivery in deliveries]


class BusContract:
    """Queues of `QUEUE` take `BOUND` messages, that of `SMALL_QUEUE` takes `SMALL_BOUND`."""

    async def test_a_message_comes_out_as_it_went_in(self, bus: Bus) -> None:
        sent = message("1", "#domain#a.test", body=b"\x00\xffbody")

        assert await bus.publish([sent]) == 1
        (delivery,) = await take(bus)

        assert delivery.message == sent
        assert delivery.attempt == 1

    async def test_nothing_comes_out_of_a_queue_that_was_never_used(self, bus: Bus) -> None:
        assert await take(bus) == []
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
        await bus.ack(await take(bus))
        await clock.sleep(DEDUPLICATION_S - LEASE_S)

        assert await bus.publish([message("1")]) == 0
        assert await take(bus) == []

    async def test_an_id_that_died_within_the_window_is_ignored(self, bus: Bus) -> None:
        await die(bus, "1")

        assert await bus.publish([message("1")]) == 0

    async def test_an_id_may_come_again_after_the_window(self, bus: Bus, clock: Clock) -> None:
        await bus.publish([message("1")])
        await bus.ack(await take(bus))
        await clock.sleep(DEDUPLICATION_S + 1)

        assert await bus.publish([message("1")]) == 1
        assert ids(await take(bus)) == ["1"]

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
        (first,) = await take(bus)
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

        (again,) = await take(bus, owner="worker-2")

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
        (held,) = await take(bus)
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
        (held,) = await take(bus)

        assert await bus.retry(held, "connection refused", delay_s=1.0)
        assert await take(bus) == []
        await clock.sleep(1.1)
        (again,) = await take(bus)
        assert again.attempt == 2

    async def test_a_failed_message_without_a_delay_comes_at_once(self, bus: Bus) -> None:
        await bus.publish([message("1")])
        (held,) = await take(bus)
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

    # Dead letters

    async def test_a_dead_letter_keeps_message_tries_and_error(self, bus: Bus, clock: Clock) -> None:
        await die(bus, "1")

        (letter,) = await bus.dead_letters(ACME)

        assert letter.message == message("1")
        assert (letter.attempts, letter.error) == (1, "poison 1")
        assert letter.published_at <= letter.died_at <= clock.now()

    async def test_an_error_text_is_bounded(self, bus: Bus) -> None:
        await bus.publish([message("1")])
        (held,) = await take(bus)
        await bus.bury(held, "e" * (ERROR_LIMIT + 1))

        assert len((await bus.dead_letters())[0].error) == ERROR_LIMIT

    async def test_dead_letters_come_newest_first_in_pages(self, bus: Bus) -> None:
        for name in ("1", "2", "3"):
            await die(bus, name)

        first = await bus.dead_letters(limit=2)
        rest = await bus.dead_letters(limit=2, after=first[-1].number)

        assert [letter.message.id for letter in (*first, *rest)] == ["3", "2", "1"]

    async def test_dead_letters_can_be_asked_for_by_queue(self, bus: Bus) -> None:
        await die(bus, "1")
        await die(bus, "2", queue="assess")

        assert [letter.message.id for letter in await bus.dead_letters(queue="assess")] == ["2"]
        assert [letter.message.id for letter in await bus.dead_letters(ACME, queue="plan")] == ["1"]

    async def test_a_replayed_letter_is_handed_out_with_all_its_tries(self, bus: Bus) -> None:
        await die(bus, "1")
        (letter,) = await bus.dead_letters()

        assert await bus.replay([letter.number]) == 1
        (delivery,) = await take(bus)

        assert (delivery.message.id, delivery.attempt) == ("1", 1)
        assert list(await bus.dead_letters()) == []

    async def test_a_letter_is_replayed_once(self, bus: Bus) -> None:
        await die(bus, "1")
        (letter,) = await bus.dead_letters()

        assert await bus.replay([letter.number, letter.number]) == 1
        assert await bus.replay([letter.number]) == 0
        assert ids(await take(bus)) == ["1"]

    async def test_a_letter_whose_id_is_at_work_again_is_dropped(self, bus: Bus, clock: Clock) -> None:
        await die(bus, "1")
        (letter,) = await bus.dead_letters()
        await clock.sleep(DEDUPLICATION_S + 1)
        await bus.publish([message("1")])

        assert await bus.replay([letter.number]) == 0
        assert ids(await take(bus)) == ["1"]
        assert list(await bus.dead_letters()) == []

    @pytest.mark.parametrize("number", ["", "no number", "999999", "-1", "9" * 40])
    async def test_an_unknown_number_replays_nothing(self, bus: Bus, number: str) -> None:
        await die(bus, "1")

        assert await bus.replay([number]) == 0
        assert len(await bus.dead_letters()) == 1

    async def test_a_dead_letter_is_dropped_after_its_retention(self, bus: Bus, clock: Clock) -> None:
        await die(bus, "1")
        await clock.sleep((RETENTION_DAYS - 1) * 86_400)
        await bus.depths()
        assert len(await bus.dead_letters()) == 1
        await clock.sleep(2 * 86_400)

        assert [depth.dead for depth in await bus.depths()] == [0]
        assert list(await bus.dead_letters()) == []

    # Depths

    async def test_depths_tell_what_every_message_does(self, bus: Bus) -> None:
        await die(bus, "dead")
        await bus.publish([message("1", "#a"), message("2", "#a"), message("3"), message("4"), message("5")])
        held = await take(bus, 3)
        await bus.retry(held[1], "no", delay_s=60)

        (depth,) = await bus.depths()

        assert (depth.queue, depth.waiting, depth.leased, depth.delayed, depth.dead) == (QUEUE, 2, 2, 1, 1)
        assert depth.live == 5

    async def test_a_lease_that_ended_counts_as_waiting(self, bus: Bus, clock: Clock) -> None:
        await bus.publish([message("1")])
        await take(bus)
        await clock.sleep(LEASE_S + 0.1)

        (depth,) = await bus.depths()

        assert (depth.waiting, depth.leased) == (1, 0)

    async def test_the_oldest_message_has_its_age(self, bus: Bus, clock: Clock) -> None:
        await bus.publish([message("1")])
        await clock.sleep(3)
        await bus.publish([message("2")])

        (depth,) = await bus.depths()

        assert depth.oldest_age_s == pytest.approx(3, abs=0.5)
        assert depth.oldest is not None
        assert depth.oldest.id == "1"

    async def test_a_leased_message_says_who_has_it_since_when(self, bus: Bus) -> None:
        await bus.publish([message("1")])
        await take(bus, owner="worker-7")

        (depth,) = await bus.depths()

        assert depth.oldest is not None
        assert (depth.oldest.standing, depth.oldest.owner) == (Standing.LEASED, "worker-7")
        assert "worker-7 works on it since" in depth.oldest.reason

    async def test_a_delayed_message_says_until_when_and_why(self, bus: Bus, clock: Clock) -> None:
        await bus.publish([message("1")])
        (held,) = await take(bus)
        await bus.retry(held, "connection refused", delay_s=60)

        (depth,) = await bus.depths()

        assert depth.oldest is not None
        assert depth.oldest.standing is Standing.DELAYED
        assert depth.oldest.until is not None
        assert depth.oldest.until > clock.now()
        assert "connection refused" in depth.oldest.reason

    # Isolation

    async def test_depths_of_an_organisation_are_its_own(self, bus: Bus) -> None:
        await bus.publish([message("1"), message("2", organisation=GLOBEX), message("3", queue="assess")])

        (depth,) = await bus.depths(GLOBEX)

        assert (depth.queue, depth.waiting) == (QUEUE, 1)
        assert depth.oldest is not None
        assert depth.oldest.id == "2"
        assert list(await bus.depths(Organisation("nobody"))) == []

    async def test_dead_letters_of_an_organisation_are_its_own(self, bus: Bus) -> None:
        await die(bus, "1")
        await die(bus, "2", organisation=GLOBEX)

        assert [letter.message.id for letter in await bus.dead_letters(GLOBEX)] == ["2"]
        assert list(await bus.dead_letters(Organisation("nobody"))) == []
        assert len(await bus.dead_letters()) == 2

    async def test_an_organisation_cannot_replay_the_letter_of_another(self, bus: Bus) -> None:
        await die(bus, "1")
        (letter,) = await bus.dead_letters(ACME)

        assert await bus.replay([letter.number], organisation=GLOBEX) == 0
        assert await bus.replay([letter.number], organisation=ACME) == 1

    # Waiting

    async def test_a_wait_ends_when_something_is_there_already(self, bus: Bus) -> None:
        await bus.publish([message("1")])

        assert await bus.wait([QUEUE, "assess"], 5)

    async def test_a_wait_ends_when_something_arrives(self, bus: Bus) -> None:
        waiting = asyncio.create_task(bus.wait([QUEUE], 10))
        await asyncio.sleep(0.05)
        await bus.publish([message("1")])

        assert await asyncio.wait_for(waiting, 2)

    async def test_a_wait_ends_with_its_time(self, bus: Bus) -> None:
        assert not await bus.wait([QUEUE], 0.05)

    async def test_a_wait_sees_a_delay_that_is_over(self, bus: Bus, clock: Clock) -> None:
        await bus.publish([message("1")])
        (held,) = await take(bus)
        await bus.retry(held, "no", delay_s=1.0)
        waiting = asyncio.create_task(bus.wait([QUEUE], 10))
        await clock.sleep(1.1)

        assert await asyncio.wait_for(waiting, 2)
        assert ids(await take(bus)) == ["1"]
