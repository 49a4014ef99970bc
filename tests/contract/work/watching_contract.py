"""What every bus promises to those who watch: dead letters, depths, one organisation apart from another, waiting."""

import asyncio

import pytest
from bus_world import ACME, GLOBEX, LEASE_S, PATIENCE_S, QUEUE, Clock, die, ids, message, take, take_one

from chariot.model.keys import Organisation
from chariot.modules.work.messages import DEDUPLICATION_S, ERROR_LIMIT, RETENTION_DAYS, Standing
from chariot.modules.work.ports import Bus


class WatchingContract:
    """See `DeliveryContract` for the queues."""

    # Dead letters

    async def test_a_dead_letter_keeps_message_tries_and_error(self, bus: Bus, clock: Clock) -> None:
        await die(bus, "1")

        (letter,) = await bus.dead_letters(ACME)

        assert letter.message == message("1")
        assert (letter.attempts, letter.error) == (1, "poison 1")
        assert letter.published_at <= letter.died_at <= clock.now()

    async def test_an_error_text_is_bounded(self, bus: Bus) -> None:
        await bus.publish([message("1")])
        held = await take_one(bus)
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
        delivery = await take_one(bus)

        assert (delivery.message.id, delivery.attempt) == ("1", 1)
        assert list(await bus.dead_letters()) == []

    async def test_a_letter_is_replayed_once(self, bus: Bus) -> None:
        await die(bus, "1")
        (letter,) = await bus.dead_letters()

        assert await bus.replay([letter.number, letter.number]) == 1
        assert await bus.replay([letter.number]) == 0
        assert ids(await take(bus)) == ["1"]

    @pytest.mark.passes_the_window
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
        held = await take_one(bus)
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
        waiting = asyncio.create_task(bus.wait([QUEUE], PATIENCE_S))
        await asyncio.sleep(0.05)
        await bus.publish([message("1")])

        assert await waiting

    async def test_a_wait_ends_with_its_time(self, bus: Bus) -> None:
        assert not await bus.wait([QUEUE], 0.05)

    async def test_a_wait_sees_a_delay_that_is_over(self, bus: Bus, clock: Clock) -> None:
        await bus.publish([message("1")])
        held = await take_one(bus)
        await bus.retry(held, "no", delay_s=1.0)
        waiting = asyncio.create_task(bus.wait([QUEUE], PATIENCE_S))
        await clock.sleep(1.1)

        assert await waiting
        assert ids(await take(bus)) == ["1"]
