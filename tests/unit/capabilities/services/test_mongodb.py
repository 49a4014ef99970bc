import struct

from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.services import mongodb

from .talk import by_pattern, door, fact, versions, weaknesses


def document(*parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack("<i", len(body) + 5) + body + b"\x00"


def text(name: bytes, value: bytes) -> bytes:
    return b"\x02" + name + b"\x00" + struct.pack("<i", len(value) + 1) + value + b"\x00"


def answer(*parts: bytes) -> bytes:
    body = bytes(4) + b"\x00" + document(*parts)
    return struct.pack("<iiii", 16 + len(body), 7, 1, 2013) + body


OK = b"\x01ok\x00" + struct.pack("<d", 1)
BUILD = answer(text(b"version", b"7.0.5"), OK)
DATABASES = answer(b"\x04databases\x00" + document(b"\x030\x00" + document(text(b"name", b"admin"))), OK)
REFUSED = answer(text(b"errmsg", b"command listDatabases requires authentication"), OK)
HELLO = answer(text(b"setName", b"rs0"), OK)


async def test_databases_listed_to_anybody_are_a_flaw():
    replies = by_pattern((b"buildInfo", BUILD), (b"listDatabases", DATABASES), (b"isMaster", HELLO))

    seen = await mongodb.ask(door(27017, b"", replies))

    assert versions(seen) == [("a:mongodb:mongodb", "7.0.5")]
    assert weaknesses(seen) == ["mongodb-without-password"]
    assert fact(seen, "mongodb-replica-set") == "rs0"


async def test_a_server_that_wants_a_login_has_no_flaw():
    replies = by_pattern((b"buildInfo", BUILD), (b"listDatabases", REFUSED), (b"isMaster", HELLO))

    seen = await mongodb.ask(door(27017, b"", replies))

    assert (fact(seen, "authentication"), weaknesses(seen)) == ("required", [])


async def test_another_protocol_is_not_taken_for_mongodb():
    assert await mongodb.ask(door(80, b"", lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n" * 5)) is None


@given(st.binary(max_size=300))
async def test_any_answer_is_read(data):
    body = bytes(4) + b"\x00" + data
    said = struct.pack("<iiii", 16 + len(body), 7, 1, 2013) + body

    await mongodb.ask(door(1, b"", lambda _: said))
    await mongodb.ask(door(1, b"", lambda _: data))


@given(st.binary(max_size=300))
def test_any_document_has_an_end(data):
    assert len(list(mongodb.elements(data))) <= len(data)
