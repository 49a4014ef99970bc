import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.services import databases
from chariot.testing.network import Conversation

from .talk import by_pattern, door, fact, versions, weaknesses

MYSQL = (
    b"\n8.0.36-0ubuntu0.22.04.1\x00"
    + bytes(4)
    + b"12345678\x00"
    + b"\xff\xff"
    + bytes(16)
    + b"123456789012\x00"
    b"caching_sha2_password\x00"
)
START = b"\x00\x03\x00\x00user"


def mysql(body: bytes) -> bytes:
    return len(body).to_bytes(3, "little") + b"\x00" + body


async def test_mysql_tells_version_encryption_and_how_one_logs_in():
    seen = await databases.ask_mysql(door(3306, mysql(MYSQL)))

    assert seen.text == "\n8.0.36-0ubuntu0.22.04.1"
    assert fact(seen, "encryption") == "offered"
    assert fact(seen, "mysql-authentication") == "caching_sha2_password"


async def test_mysql_that_refuses_our_address_is_still_mysql():
    seen = await databases.ask_mysql(door(3306, mysql(b"\xff\x6a\x04Host 'x' is not allowed to connect")))

    assert (seen.service, fact(seen, "mysql-access")) == ("mysql", "refused by address")


@pytest.mark.parametrize(
    ("answer", "method", "expected"),
    [
        (b"R\x00\x00\x00\x08\x00\x00\x00\x0a", "scram", []),
        (b"R\x00\x00\x00\x08\x00\x00\x00\x03", "password", []),
        (
            b"R\x00\x00\x00\x08\x00\x00\x00\x00S\x00\x00\x00\x19server_version\x0015.6\x00Z\x00\x00\x00\x05I",
            "none",
            ["postgresql-without-password"],
        ),
        (b"E\x00\x00\x00\x0cSFATAL\x00\x00", "", []),
    ],
)
async def test_postgresql_tells_whether_it_wants_a_password(answer, method, expected):
    seen = await databases.ask_postgresql(door(5432, b"", by_pattern((START, answer), (b"^.{8}$", b"N"))))

    assert (fact(seen, "authentication"), weaknesses(seen)) == (method, expected)
    assert fact(seen, "encryption") == "none"


async def test_postgresql_that_lets_us_in_tells_its_version():
    answer = b"R\x00\x00\x00\x08\x00\x00\x00\x00S\x00\x00\x00\x19server_version\x0015.6\x00Z\x00\x00\x00\x05I"
    inside = Conversation(b"", by_pattern((START, answer)))

    seen = await databases.ask_postgresql(
        door(5432, b"", by_pattern((b"^.{8}$", b"N"), (START, answer)), inside)
    )

    assert versions(seen) == [("a:postgresql:postgresql", "15.6")]


async def test_sql_server_tells_its_build():
    body = struct.pack(">BHHBHHB", 0, 11, 6, 1, 17, 1, 255) + bytes([16, 0, 0x10, 0x3F, 0, 0]) + b"\x03"
    packet = struct.pack(">BBHHBB", 4, 1, 8 + len(body), 0, 0, 0) + body

    seen = await databases.ask_sql_server(door(1433, b"", lambda _: packet))

    assert versions(seen) == [("a:microsoft:sql_server_2022", "16.0.4159")]
    assert fact(seen, "encryption") == "required"


ASKS = (databases.ask_mysql, databases.ask_postgresql, databases.ask_sql_server)


@pytest.mark.parametrize("ask", ASKS)
async def test_another_protocol_is_not_taken_for_a_database(ask):
    assert await ask(door(8080, b"", lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n")) is None


@given(
    st.sampled_from(ASKS),
    st.sampled_from([b"", b"N", b"S", b"\x04\x01\x00\x30", mysql(b"\n8.0.1")]),
    st.binary(),
)
async def test_any_answer_is_read(ask, beginning, answer):
    await ask(door(1, beginning + answer, lambda _: beginning + answer, Conversation(b"", lambda _: answer)))
