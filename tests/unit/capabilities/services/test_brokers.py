import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.services import brokers

from .talk import by_pattern, door, fact, versions, weaknesses


def long(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


def amqp(mechanisms: bytes) -> bytes:
    table = b"\x07productS" + long(b"RabbitMQ") + b"\x07versionS" + long(b"3.12.1")
    body = b"\x00\x0a\x00\x0a\x00\x09" + long(table) + long(mechanisms) + long(b"en_US")
    return b"\x01\x00\x00" + long(body) + b"\xce"


@pytest.mark.parametrize(
    ("mechanisms", "expected"), [(b"PLAIN AMQPLAIN", []), (b"ANONYMOUS PLAIN", ["amqp-without-password"])]
)
async def test_rabbitmq_introduces_itself(mechanisms, expected):
    seen = await brokers.ask_amqp(door(5672, b"", lambda _: amqp(mechanisms)))

    assert versions(seen) == [("a:vmware:rabbitmq", "3.12.1")]
    assert (fact(seen, "amqp-mechanisms"), weaknesses(seen)) == (
        ", ".join(sorted(mechanisms.decode().split())),
        expected,
    )


async def test_another_version_of_amqp_is_amqp():
    seen = await brokers.ask_amqp(door(5672, b"", lambda _: b"AMQP\x03\x01\x00\x00"))

    assert (seen.service, fact(seen, "amqp-version")) == ("amqp", "1.0.0")


async def test_mqtt_that_lets_anybody_in_tells_its_version():
    told = b"\x90\x03\x00\x01\x00\x31\x2f\x00\x13$SYS/broker/versionmosquitto version 2.0.11"
    replies = by_pattern((b"^\x10", b"\x20\x02\x00\x00"), (b"^\x82", told))

    seen = await brokers.ask_mqtt(door(1883, b"", replies))

    assert "mosquitto version 2.0.11" in seen.text
    assert weaknesses(seen) == ["mqtt-without-password"]


@pytest.mark.parametrize("code", [4, 5])
async def test_mqtt_that_wants_a_name_has_no_flaw(code):
    seen = await brokers.ask_mqtt(door(1883, b"", lambda _: b"\x20\x02\x00" + bytes([code])))

    assert (fact(seen, "authentication"), weaknesses(seen)) == ("required", [])


def kafka(number: int, body: bytes) -> bytes:
    return struct.pack(">ii", len(body) + 4, number) + body


VERSIONS = kafka(1, struct.pack(">hi", 0, 2) + struct.pack(">hhh", 3, 0, 12) + struct.pack(">hhh", 18, 0, 3))
BROKERS = kafka(
    2, struct.pack(">i", 1) + struct.pack(">ih", 1, 13) + b"b1.corp.examp" + struct.pack(">i", 9092)
)


async def test_kafka_that_tells_its_brokers_is_a_flaw():
    seen = await brokers.ask_kafka(
        door(9092, b"", by_pattern((b"^....\x00\x12", VERSIONS), (b"^....\x00\x03", BROKERS)))
    )

    assert (fact(seen, "kafka-brokers"), seen.names) == ("b1.corp.examp:9092", ("b1.corp.examp",))
    assert weaknesses(seen) == ["kafka-without-password"]


async def test_kafka_that_wants_a_login_has_no_flaw():
    seen = await brokers.ask_kafka(door(9092, b"", by_pattern((b"^....\x00\x12", VERSIONS))))

    assert (fact(seen, "authentication"), weaknesses(seen)) == ("required", [])


def cql(opcode: int, body: bytes) -> bytes:
    return b"\x84\x00\x00\x00" + bytes([opcode]) + struct.pack(">I", len(body)) + body


@pytest.mark.parametrize(
    ("start", "version", "expected"),
    [(cql(2, b""), "4.1.3", ["cassandra-without-password"]), (cql(3, b"\x00\x04Pass"), "", [])],
)
async def test_cassandra_tells_whether_it_wants_a_login(start, version, expected):
    replies = by_pattern(
        (b"^....\x05", cql(6, b"\x00\x01\x00\x0bCQL_VERSION")),
        (b"^....\x01", start),
        (b"^....\x07", cql(8, b"release_version\x00\x00\x00\x054.1.3")),
    )

    seen = await brokers.ask_cassandra(door(9042, b"", replies))

    assert (versions(seen), weaknesses(seen)) == ([("a:apache:cassandra", version)], expected)


ASKS = (brokers.ask_amqp, brokers.ask_mqtt, brokers.ask_kafka, brokers.ask_cassandra)


@pytest.mark.parametrize("ask", ASKS)
async def test_another_protocol_is_not_taken_for_a_broker(ask):
    assert await ask(door(8080, b"", lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n")) is None


@given(
    st.sampled_from(ASKS),
    st.sampled_from(
        [b"", amqp(b"")[:20], b"\x20\x02\x00\x00", VERSIONS, BROKERS[:14], cql(6, b"CQL_VERSION")]
    ),
    st.binary(max_size=100),
)
async def test_any_answer_is_read(ask, beginning, answer):
    await ask(door(1, b"", lambda _: beginning + answer))
    await ask(door(1, b"", by_pattern((b"^....\x00\x12", VERSIONS), (b"", beginning + answer))))
