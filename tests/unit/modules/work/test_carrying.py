from datetime import UTC, datetime

import pytest

from chariot.model.keys import Organisation
from chariot.modules.work.carrying import carrying, packed, unpacked
from chariot.modules.work.messages import BODY_LIMIT_BYTES, Message
from chariot.telemetry import following, traceparent
from chariot.testing.bus import MemoryBus

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def message(body: bytes = b"{}") -> Message:
    return Message(queue="plan", id="1", organisation=Organisation("acme"), order_key="a", body=body)


@pytest.fixture
def engine() -> MemoryBus:
    return MemoryBus(now=lambda: datetime(2026, 1, 1, tzinfo=UTC))


async def leased(bus):
    (delivery,) = await bus.lease("plan", limit=1, lease_s=30, owner="test")
    return delivery


async def test_what_is_published_within_a_trace_carries_it(engine) -> None:
    bus = carrying(engine)

    with following(None, "a request", PARENT):
        await bus.publish([message()])

    found = (await leased(bus)).message
    assert (found.body, found.trace) == (b"{}", PARENT)


async def test_what_is_published_outside_of_one_stays_as_it_is(engine) -> None:
    bus = carrying(engine)

    await bus.publish([message()])

    assert (await leased(engine)).message == message()


async def test_a_dead_letter_is_shown_as_it_was_published(engine) -> None:
    bus = carrying(engine)
    with following(None, "a request", PARENT):
        await bus.publish([message()])
    await bus.bury(await leased(bus), "it failed")

    (letter,) = await bus.dead_letters(Organisation("acme"), queue="plan", limit=10)

    assert (letter.message.body, letter.error) == (b"{}", "it failed")


async def test_a_message_keeps_its_trace_when_it_comes_again(engine) -> None:
    bus = carrying(engine)
    with following(None, "a request", PARENT):
        await bus.publish([message()])

    await bus.release([await leased(bus)])

    assert (await leased(bus)).message.trace == PARENT


def test_a_body_without_room_goes_without_its_trace() -> None:
    full = message(b"x" * BODY_LIMIT_BYTES)

    assert packed(full, PARENT) == full


@pytest.mark.parametrize("body", [b"\0trace ", b"\0trace nonsense\n{}", b"\0trace " + b"\xff" * 56 + b"{}"])
def test_a_trace_that_is_none_is_left_out(body) -> None:
    assert unpacked(message(body)).trace == ""


def test_outside_of_a_trace_nothing_is_told() -> None:
    assert traceparent() == ""
