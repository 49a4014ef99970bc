import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.adapters.nats.wire import (
    Names,
    delivered,
    envelope_of,
    letter_from,
    message_from,
    organisation_token,
    partition_of,
)
from chariot.errors import UnavailableError
from chariot.model.keys import Organisation
from chariot.modules.work.messages import BODY_LIMIT_BYTES, KEY_LIMIT, Message

names = st.text(
    st.characters(exclude_categories=("C", "Zl", "Zp", "Zs"), include_characters=" "),
    min_size=1,
    max_size=200,
)


@given(names, names)
def test_different_organisations_have_different_tokens(one: str, other: str) -> None:
    assert (organisation_token(one) == organisation_token(other)) == (one == other)


@given(names)
def test_a_token_is_one_part_of_a_subject(name: str) -> None:
    assert not set(organisation_token(name)) & set(".*> \t\r\n")


@given(names, st.text(min_size=1, max_size=50), st.binary(max_size=50), names)
def test_a_message_comes_back_as_it_was(id_: str, key: str, body: bytes, organisation: str) -> None:
    message = Message(queue="plan", id=id_, organisation=Organisation(organisation), order_key=key, body=body)

    assert message_from("plan", envelope_of(message)) == message


def test_the_largest_message_fits_into_what_a_server_takes() -> None:
    largest = Message(
        queue="q" * 63,
        id="\U0001f600" * 200,
        organisation=Organisation("\U0001f600" * 200),
        order_key="\U0001f600" * KEY_LIMIT,
        body=bytes(BODY_LIMIT_BYTES),
    )

    assert len(envelope_of(largest)) < 1_048_576 - 4_096


@pytest.mark.parametrize("data", [b"", b"x", b"\x91\x01", msgspec.msgpack.encode([1, "", "a", "k", b""])])
def test_what_is_none_of_ours_is_left_alone(data: bytes) -> None:
    assert message_from("plan", data) is None
    assert letter_from(data) is None


def test_a_message_of_a_newer_version_is_left_alone() -> None:
    assert message_from("plan", msgspec.msgpack.encode([2, "1", "acme", "#a", b"{}"])) is None


def test_a_field_that_was_added_later_does_not_matter() -> None:
    message = message_from("plan", msgspec.msgpack.encode([1, "1", "acme", "#a", b"{}", "more"]))

    assert message is not None
    assert message.id == "1"


@given(names, st.text(min_size=1, max_size=50), st.integers(1, 64))
def test_a_key_always_goes_to_the_same_partition(organisation: str, key: str, partitions: int) -> None:
    partition = partition_of(organisation, key, partitions)

    assert 0 <= partition < partitions
    assert partition == partition_of(organisation, key, partitions)


@pytest.mark.parametrize(
    "reply",
    [
        "$JS.ACK.stream.p1-e2.1.77.5.1700000000000000001.3",
        "$JS.ACK.hub.hash.stream.p1-e2.1.77.5.1700000000000000001.3.x",
    ],
)
def test_a_delivery_tells_where_it_comes_from(reply: str) -> None:
    found = delivered(reply)

    assert (found.consumer, found.sequence, found.published_ns) == ("p1-e2", 77, 1_700_000_000_000_000_001)


@pytest.mark.parametrize("reply", ["", "a.b", "$JS.ACK.stream.p1-e2.1.x.5.y.3"])
def test_a_delivery_in_an_unknown_form_is_refused(reply: str) -> None:
    with pytest.raises(UnavailableError):
        delivered(reply)


def test_the_queue_of_a_stream_is_found_again() -> None:
    of = Names("chariot")

    assert of.queue_of(of.stream("capability-scan")) == "capability-scan"
