import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.services import key_value

from .talk import by_pattern, door, fact, versions, weaknesses

INFO = b"# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\n"


def bulk(text: bytes) -> bytes:
    return b"$%d\r\n%s\r\n" % (len(text), text)


async def test_redis_that_answers_without_a_password_is_a_flaw():
    seen = await key_value.ask_redis(door(6379, b"", {b"INFO server\r\n": bulk(INFO)}))

    assert weaknesses(seen) == ["redis-without-password"]
    assert "redis_version:7.0.15" in seen.text
    assert fact(seen, "redis-mode") == "standalone"


async def test_valkey_is_not_taken_for_the_redis_that_it_claims_to_be():
    answer = bulk(b"# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.0.1\r\n")

    seen = await key_value.ask_redis(door(6379, b"", lambda _: answer))

    assert (versions(seen), seen.text) == ([("a:lfprojects:valkey", "8.0.1")], "")


@pytest.mark.parametrize(
    "refusal", [b"-NOAUTH Authentication required.\r\n", b"-DENIED Redis is running in\r\n"]
)
async def test_redis_with_a_password_has_no_flaw(refusal):
    seen = await key_value.ask_redis(door(6379, b"", lambda _: refusal))

    assert (fact(seen, "authentication"), weaknesses(seen)) == ("required", [])


@pytest.mark.parametrize(
    ("counters", "expected"),
    [(b"STAT pid 1\r\nSTAT version 1.6.18\r\nEND\r\n", ["memcached-without-password"]), (b"ERROR\r\n", [])],
)
async def test_memcached_is_a_flaw_where_it_tells_its_counters(counters, expected):
    replies = by_pattern((b"version", b"VERSION 1.6.18\r\n"), (b"stats", counters))

    seen = await key_value.ask_memcached(door(11211, b"", replies))

    assert (seen.text, weaknesses(seen)) == ("VERSION 1.6.18\r\n", expected)


async def test_zookeeper_tells_version_and_mode():
    answer = b"Zookeeper version: 3.8.0-5a02a05e, built on 2022\nMode: standalone\nNode count: 5\n"

    seen = await key_value.ask_zookeeper(door(2181, b"", {b"srvr": answer}))

    assert "Zookeeper version: 3.8.0" in seen.text
    assert fact(seen, "zookeeper-mode") == "standalone"


ASKS = (key_value.ask_redis, key_value.ask_memcached, key_value.ask_zookeeper)


@pytest.mark.parametrize("ask", ASKS)
async def test_another_protocol_is_not_taken_for_a_store(ask):
    assert await ask(door(8080, b"", lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n")) is None


@given(
    st.sampled_from(ASKS),
    st.sampled_from([b"", b"$99999\r\n", b"VERSION ", b"Zookeeper version: "]),
    st.binary(),
)
async def test_any_answer_is_read(ask, beginning, answer):
    await ask(door(1, b"", lambda _: beginning + answer))
