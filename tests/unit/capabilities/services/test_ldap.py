import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.services import ldap
from chariot.testing.network import Conversation

from .talk import by_pattern, door, fact, versions, weaknesses


def ber(tag: int, content: bytes) -> bytes:
    size = len(content)
    return (
        bytes([tag, size]) + content if size < 128 else bytes([tag, 0x82]) + size.to_bytes(2, "big") + content
    )


def message(number: int, tag: int, content: bytes) -> bytes:
    return ber(0x30, ber(2, bytes([number])) + ber(tag, content))


def entry(number: int, name: bytes, **attributes: tuple[bytes, ...]) -> bytes:
    listed = b"".join(
        ber(0x30, ber(4, label.encode()) + ber(0x31, b"".join(ber(4, value) for value in values)))
        for label, values in attributes.items()
    )
    return message(number, 0x64, ber(4, name) + ber(0x30, listed))


def done(number: int, code: int = 0, tag: int = 0x65) -> bytes:
    return message(number, tag, ber(10, bytes([code])) + ber(4, b"") + ber(4, b""))


ROOT = entry(
    1,
    b"",
    objectClass=(b"top", b"OpenLDAProotDSE"),
    namingContexts=(b"dc=corp,dc=example",),
    dnsHostName=(b"DC1.corp.example",),
)


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (entry(2, b"dc=corp,dc=example", objectClass=(b"dcObject",)) + done(2), ["ldap-anonymous-read"]),
        (done(2, 50), []),
    ],
)
async def test_a_directory_that_anybody_may_read_is_a_flaw(second, expected):
    replies = by_pattern(
        (b"dc=corp", second), (b"1.3.6.1.4.1.1466.20037", done(1, 2, 0x78)), (b"", ROOT + done(1))
    )

    seen = await ldap.ask(door(389, b"", replies))

    assert versions(seen) == [("a:openldap:openldap", "")]
    assert fact(seen, "ldap-naming-contexts") == "dc=corp,dc=example"
    assert (weaknesses(seen), seen.names) == (expected, ("dc1.corp.example",))


async def test_tls_is_begun_where_the_directory_agrees():
    replies = by_pattern((b"1.3.6.1.4.1.1466.20037", done(1, 0, 0x78)), (b"", done(1)))

    seen = await ldap.ask(door(389, b"", replies, Conversation()))

    assert seen.service == "ldap"


async def test_a_vendor_s_version_is_read():
    root = entry(1, b"", vendorName=(b"389 Project",), vendorVersion=(b"389-Directory/2.3.1 B2023",))

    seen = await ldap.ask(door(389, b"", lambda _: root + done(1)))

    assert versions(seen) == [("a:port389:389-ds-base", "2.3.1")]


async def test_another_protocol_is_not_taken_for_a_directory():
    assert await ldap.ask(door(80, b"", lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n")) is None


@given(st.binary(max_size=200))
async def test_any_answer_is_read(data):
    await ldap.ask(door(389, b"", lambda _: data))
    await ldap.ask(door(389, b"", lambda _: message(1, 0x64, data) + done(1)))
