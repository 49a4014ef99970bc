"""The state of a queue in one process, compared with what the bus promises of it."""

import pytest

from chariot.adapters.nats.desk import Desk, moment
from chariot.adapters.nats.wire import Note
from chariot.model.keys import Organisation
from chariot.modules.work.messages import DELIVERY_LIMIT, Delivery, Message, Standing

NOW = 1_000.0
ACME = Organisation("acme")


def message(name: str, key: str) -> Message:
    return Message(queue="plan", id=name, organisation=ACME, order_key=key, body=b"{}")


def deliver(desk: Desk, sequence: int, key: str, *, partition: int = 0) -> None:
    desk.add(partition, sequence, message(str(sequence), key), 10**9, f"reply.{sequence}")


@pytest.fixture
def desk() -> Desk:
    desk = Desk("plan", 8)
    desk.consumers[0] = "p0-e1"
    return desk


def take(desk: Desk, limit: int = 10) -> list[int]:
    return [entry.sequence for entry in desk.choose(limit, "me", NOW, NOW + 30)]


def test_a_delivery_of_a_partition_of_somebody_else_is_passed_over(desk: Desk) -> None:
    deliver(desk, 1, "#a", partition=5)

    assert take(desk) == []


def test_a_second_delivery_only_brings_its_new_address(desk: Desk) -> None:
    deliver(desk, 1, "#a")
    take(desk)
    desk.add(0, 1, message("1", "#a"), 10**9, "newer")

    assert desk.entries[1].reply == "newer"
    assert take(desk) == []


@pytest.mark.parametrize(("order", "first"), [((2, 1), [1]), ((1, 2), [1])])
def test_the_oldest_of_a_lane_goes_first_whatever_order_they_come_in(desk: Desk, order, first) -> None:
    for sequence in order:
        deliver(desk, sequence, "#a")

    assert take(desk) == first


def test_an_older_message_that_comes_late_waits_for_what_is_in_work(desk: Desk) -> None:
    deliver(desk, 2, "#a")
    take(desk)
    deliver(desk, 1, "#a")
    assert take(desk) == []

    desk.finish(desk.entries[2])

    assert take(desk) == [1]


def test_a_paused_partition_hands_out_nothing_and_loses_nothing(desk: Desk) -> None:
    deliver(desk, 1, "#a")
    desk.paused.add(0)
    assert (desk.ready, take(desk)) == (0, [])

    desk.paused.clear()

    assert take(desk) == [1]


def test_what_is_dropped_leaves_nothing_behind(desk: Desk) -> None:
    for sequence in range(1, 5):
        deliver(desk, sequence, f"#{sequence % 2}")
    take(desk, 1)
    desk.drop(0)

    assert (desk.entries, desk.bytes, desk.ready, desk.leased(), desk.hands()) == ({}, 0, 0, [], ())


def test_hands_tell_what_was_tried_until_a_note_does(desk: Desk) -> None:
    deliver(desk, 1, "#a")
    deliver(desk, 2, "#b")
    take(desk, 1)
    assert [(hand.sequence, hand.attempt, hand.leased) for hand in desk.hands()] == [(1, 1, True)]

    desk.noted(desk.entries[1])

    assert desk.hands() == ()


def test_what_never_reached_anybody_was_not_tried(desk: Desk) -> None:
    deliver(desk, 1, "#a")
    desk.undo(desk.choose(1, "me", NOW, NOW + 30), NOW)

    assert desk.hands() == ()
    assert [entry.attempt for entry in desk.choose(1, "me", NOW, NOW + 30)] == [1]


def test_a_note_of_the_owner_before_counts_its_tries(desk: Desk) -> None:
    desk.notes[0] = {1: Note(4, ACME, "no", NOW)}
    deliver(desk, 1, "#a")

    assert [entry.attempt for entry in desk.choose(1, "me", NOW, NOW + 30)] == [5]


def test_a_delay_of_the_owner_before_is_kept(desk: Desk) -> None:
    desk.notes[0] = {1: Note(1, ACME, "no", NOW, NOW + 5)}
    deliver(desk, 1, "#a")
    assert desk.entries[1].standing is Standing.DELAYED
    assert take(desk) == []

    desk.sweep(NOW + 5)

    assert take(desk) == [1]


def test_what_was_lost_too_often_is_given_out_for_burial_and_never_handed_out(desk: Desk) -> None:
    desk.notes[0] = {1: Note(DELIVERY_LIMIT, ACME, "", NOW, lost=True)}
    deliver(desk, 1, "#a")

    assert [entry.sequence for entry in desk.sweep(NOW)] == [1]
    assert take(desk) == []


def test_no_clock_takes_a_lease_while_its_answer_is_on_the_way(desk: Desk) -> None:
    deliver(desk, 1, "#a")
    (entry,) = desk.choose(1, "me", NOW, NOW + 30)
    entry.answering = True
    desk.sweep(NOW + 31)

    assert entry.standing is Standing.LEASED
    assert desk.held(Delivery(entry.message, 1, entry.receipt, None), NOW) is None


def test_a_lease_whose_answer_never_arrived_ends_when_its_time_is_over(desk: Desk) -> None:
    deliver(desk, 1, "#a")
    take(desk)
    entry = desk.entries[1]
    entry.answering = True
    desk.sweep(NOW + 31)
    assert take(desk) == []

    entry.answering = False
    desk.sweep(NOW + 32)

    assert take(desk) == [1]


def test_what_is_being_answered_is_told_apart_from_what_was_lost(desk: Desk) -> None:
    deliver(desk, 1, "#a")
    (entry,) = desk.choose(1, "me", NOW, NOW + 30)
    delivery = Delivery(entry.message, entry.attempt, entry.receipt, moment(entry.until))
    assert not desk.is_answering(delivery)

    entry.answering = True

    assert desk.held(delivery, NOW) is None
    assert desk.is_answering(delivery)
